package trust

import (
	"context"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// Base returns what the fleet signed about a base release, from the disk or else
// from the repository behind from. [release.ErrNotFound] says that it is not
// listed; the reason that no list could be believed is returned instead.
func (t *Trust) Base(ctx context.Context, from release.Fetcher, arch, name string) (release.Base, error) {
	t.Snapshot()
	t.mu.Lock()
	c := t.client
	t.mu.Unlock()
	if c == nil {
		return release.Base{}, release.ErrNotPinned
	}
	if err := c.BaseProblem(); err != nil {
		return release.Base{}, err
	}
	content, err := c.Bring(ctx, from, release.BaseTarget(arch, name))
	if err != nil {
		return release.Base{}, err
	}
	return release.ParseBase(content)
}
