// Package trust is what a station believes about passes, mediators and lessons:
// the keysets, batches, status lists, mediator cards, lists of lessons and
// cycles that the fleet has signed, and to whom records are sealed.
//
// [Trust.Snapshot] gives an immutable view that a decision can stand on. The
// agent brings newer data with [Trust.Refresh]; every other program of the
// station sees it by itself, at the next Snapshot.
// Each document is verified against the signed metadata whenever it is read,
// without clock or network. One that is damaged or unreadable is left out and
// named in [Snapshot.Damaged]; the others stay usable.
//
// The package never believes anything that provisioning/release did not
// verify, and never decides about a pass.
package trust

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// Trust follows the trust folder of a station. It is safe for concurrent use.
type Trust struct {
	dir    string
	tenant wire.Tenant

	mu      sync.Mutex
	client  *release.Client // nil until the folder has a root
	current *Snapshot
}

// Open follows dir (e.g. /perm/kit/trust), the trust folder of a tenant's
// station. A folder without a root, before enrolment, is an empty snapshot
// until it has one.
func Open(dir string, tenant wire.Tenant) *Trust {
	t := &Trust{dir: dir, tenant: tenant, current: newSnapshot()}
	t.Snapshot()
	return t
}

// Snapshot returns what the station believes now. It is cheap when nothing
// changed.
func (t *Trust) Snapshot() *Snapshot {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.newsLocked() {
		t.setLocked(t.readLocked())
	}
	return t.current
}

// newsLocked reports whether the folder holds what was not read yet.
func (t *Trust) newsLocked() bool {
	if t.client != nil {
		return t.client.Reload()
	}
	c, err := release.OpenClient(t.dir, t.tenant)
	if err != nil {
		return false // no root yet
	}
	t.client = c
	return true
}

func (t *Trust) setLocked(s *Snapshot) {
	if !s.same(t.current) {
		t.current = s
	}
}

// rereads is how often reading begins again because the agent replaced the
// data meanwhile.
const rereads = 3

func (t *Trust) readLocked() *Snapshot {
	s := read(t.client, t.tenant)
	for range rereads {
		if len(s.Damaged) == 0 || !t.client.Reload() {
			break
		}
		s = read(t.client, t.tenant)
	}
	return s
}

// look is how often Run asks the file system whether the agent was there.
const look = 2 * time.Second

// Run watches the folder until ctx is done, so that nobody who shows a pass
// waits while new data is read and verified.
func (t *Trust) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		t.Snapshot()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Refresh brings the station to what the fleet says now; now is the later of
// the station's time and its clock's floor. Only one program of a station, the
// agent, refreshes. Errors are those of [release.Client.Refresh]; afterwards
// [Snapshot.SignedAt] may raise the clock's floor.
func (t *Trust) Refresh(ctx context.Context, from release.Fetcher, now time.Time) error {
	t.Snapshot()
	t.mu.Lock()
	c := t.client
	t.mu.Unlock()
	if c == nil {
		return release.ErrNotPinned
	}
	if err := c.Refresh(ctx, from, now); err != nil {
		return err
	}
	if s := t.reread(); len(s.Damaged) > 0 {
		return fmt.Errorf("refresh trust: %w", errors.Join(s.problems...))
	}
	return nil
}

// reread reads what the client's own refresh brought.
func (t *Trust) reread() *Snapshot {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.setLocked(t.readLocked())
	return t.current
}
