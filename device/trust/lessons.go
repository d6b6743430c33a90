package trust

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// maxCycle is the largest cycle of lessons that is kept, in bytes.
const maxCycle = 64 << 10

func (s *Snapshot) takeLessons(content []byte) error {
	var list wire.Lessons
	if err := wire.Decode(content, &list); err != nil {
		return err
	}
	s.Lessons = list
	return nil
}

// takeCycle keeps a cycle as it was signed; device/lesson/cycle reads it.
func (s *Snapshot) takeCycle(name string, content []byte) error {
	if len(content) > maxCycle || !json.Valid(content) {
		return errors.New("cycle: not JSON, or too large")
	}
	s.Cycles[strings.TrimSuffix(strings.TrimPrefix(name, wire.CyclesFolder+"/"), ".json")] = content
	return nil
}

// Locate says where a lesson pack is in a copy of the fleet's public folder
// and what it must be. It fails with [release.ErrNotFound] for a pack that is
// listed and was not published.
func (t *Trust) Locate(l wire.Lesson) (release.Place, error) {
	t.mu.Lock()
	c := t.client
	t.mu.Unlock()
	if c == nil {
		return release.Place{}, release.ErrNotPinned
	}
	return c.Locate(release.Prefix(t.tenant) + l.Target())
}
