package update

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// usedUserland is the description of the image that releases which name none
// use.
const usedUserland = "kiosk.json"

// collect removes userlands that neither slot names, nor the description of the
// one in use. When a slot cannot be read nothing is removed.
func (m *Machine) collect() error {
	keep := map[string]bool{}
	for _, id := range []slot.ID{slot.A, slot.B} {
		about, err := m.about(id)
		if err != nil {
			return nil // it may name any
		}
		keep[about.Userland] = true
	}
	roots := m.userlandRoots()
	if root, err := rootIn(filepath.Join(m.Userlands, usedUserland)); err == nil {
		keep[root] = true
	}
	for root, image := range roots {
		if keep[root] {
			continue
		}
		m.Log.Info("userland removed", "image", filepath.Base(image))
		for _, file := range []string{strings.TrimSuffix(image, ".squashfs") + ".json", image} {
			if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("remove userland: %w", err)
			}
		}
	}
	return nil
}

// about is what a slot says of its release.
func (m *Machine) about(id slot.ID) (slot.Release, error) {
	o, err := m.open(id)
	if err != nil {
		return slot.Release{}, err
	}
	defer o.Close()
	return o.release()
}

func rootIn(file string) (string, error) {
	var d struct {
		Root string `json:"root"`
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	return d.Root, err
}
