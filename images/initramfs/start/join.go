package start

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/provisioning/durable"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// join takes over what flashing left on the boot partition.
func (s *Start) join(kit string) error {
	esp, f, err := s.disk.ESP()
	if err != nil {
		return err
	}
	defer f.Close()
	s.boot.Joined, err = TakeJoin(esp, kit)
	if exists(filepath.Join(kit, slot.KitInstalled)) {
		s.boot.Live = false
	}
	return err
}

// TakeJoin copies join.json of a boot partition to the folder of the station's
// data and then blanks it; it reports whether there was anything. A power cut
// in between does it again. A file that cannot be read is left as it is, so that
// whoever wrote it can see and mend it.
func TakeJoin(esp *slot.ESP, kit string) (bool, error) {
	j, err := slot.ReadJoin(esp)
	if err != nil || j.Empty() {
		return false, err
	}
	if err := keepJoin(j, kit); err != nil {
		return false, fmt.Errorf("take over join.json: %w", err)
	}
	return true, slot.BlankJoin(esp)
}

func keepJoin(j slot.Join, kit string) error {
	if err := os.MkdirAll(kit, 0o700); err != nil {
		return err
	}
	token, installed, scanners := j.Token, j.Installed, j.Scanners
	j.Token, j.Installed, j.Scanners = "", false, nil
	var err error
	if token != "" {
		err = durable.Replace(filepath.Join(kit, slot.KitToken), []byte(token), 0o600)
	}
	if installed {
		err = errors.Join(err, durable.Replace(filepath.Join(kit, slot.KitInstalled), nil, 0o600))
	}
	if len(scanners) > 0 {
		err = errors.Join(err, durable.Replace(filepath.Join(kit, slot.KitScanners), []byte(strings.Join(scanners, "\n")+"\n"), 0o600))
	}
	if !j.Empty() {
		text, e := j.Encode()
		if e == nil {
			e = durable.Replace(filepath.Join(kit, slot.KitJoin), text, 0o600)
		}
		err = errors.Join(err, e)
	}
	return err
}
