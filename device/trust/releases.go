package trust

import (
	"strings"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// Releases returns the names of the base releases that the fleet has signed for
// an architecture, sorted.
func (t *Trust) Releases(arch string) []string {
	t.Snapshot()
	t.mu.Lock()
	c := t.client
	t.mu.Unlock()
	if c == nil {
		return nil
	}
	prefix := strings.TrimSuffix(release.BaseTarget(arch, ""), ".json")
	names := c.Targets(prefix)
	for i, n := range names {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(n, prefix), ".json")
	}
	return names
}
