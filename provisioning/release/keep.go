package release

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Refresh signs again what is half way to its end, and a timestamp every few
// hours, and removes files that nothing leads to any more.
func (r *Repository) Refresh() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.settle(); err != nil {
		return fmt.Errorf("refresh release repository: %w", err)
	}
	now := r.Now()
	due := map[string]*targetsMeta{}
	for role, m := range r.at.roles {
		if online(role) && m.Signed.Expires.Sub(now) < tenantLife/2 {
			due[role] = r.again(m, m.Signed.Targets)
		}
	}
	var err error
	switch {
	case len(due) > 0 || r.at.torn() || r.at.snapshot.Signed.Expires.Sub(now) < snapshotLife/2:
		err = r.commit(due)
	case now.Sub(signedAt(r.at.timestamp)).Abs() >= stampEvery:
		err = r.stamp(r.at.timestamp.Signed.Meta[roleSnapshot+".json"])
	}
	if err != nil {
		return fmt.Errorf("refresh release repository: %w", err)
	}
	return r.prune(now)
}

// online reports whether the server itself signs a role.
func online(role string) bool { return strings.HasPrefix(role, tenantPrefix) }

// Resume signs everything anew, above what stations may have seen before the
// repository was restored from a backup. Call it once after a restore.
func (r *Repository) Resume() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.settle(); err != nil {
		return fmt.Errorf("resume release repository: %w", err)
	}
	all := map[string]*targetsMeta{}
	for role, m := range r.at.roles {
		if online(role) {
			all[role] = r.again(m, m.Signed.Targets)
		}
	}
	if err := r.commit(all); err != nil {
		return fmt.Errorf("resume release repository: %w", err)
	}
	return nil
}

// Run refreshes the repository until ctx is done.
func (r *Repository) Run(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := r.Refresh(); err != nil {
			log.Error("release metadata not refreshed", "err", err)
		}
		if left := r.OfflineUntil().Sub(r.Now()); left < year {
			log.Error("release ceremony due", "days", int(left/day))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// AddTenant makes a role for one more tenant. It needs the offline targets key
// and fails with [ErrOffline] without; a tenant that has a role is no error.
func (r *Repository) AddTenant(t wire.Tenant) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.settle(); err != nil {
		return fmt.Errorf("add tenant: %w", err)
	}
	if r.at.roles[tenantRole(t)] != nil {
		return nil
	}
	if _, err := loadOffline(r.dir, roleTargets); err != nil {
		return fmt.Errorf("add tenant: %w", err)
	}
	targets := r.nextTargets()
	role, err := r.delegate(targets, t)
	if err != nil {
		return fmt.Errorf("add tenant: %w", err)
	}
	if err := r.commit(map[string]*targetsMeta{roleTargets: targets, tenantRole(t): role}); err != nil {
		return fmt.Errorf("add tenant: %w", err)
	}
	return nil
}

// Ceremony signs root and targets again, with the offline keys brought back to
// offline/ for the occasion. It fails with [ErrOffline] without them, or with
// others than those that count today: those sign a [Request].
func (r *Repository) Ceremony() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.settle(); err != nil {
		return fmt.Errorf("ceremony: %w", err)
	}
	if _, err := loadOffline(r.dir, roleTargets); err != nil {
		return fmt.Errorf("ceremony: %w", err)
	}
	root := metadata.Root(until(r.Now(), rootLife))
	root.Signed.Keys, root.Signed.Roles = r.at.root.Signed.Keys, r.at.root.Signed.Roles
	root.Signed.Version = r.at.root.Signed.Version + 1
	if err := r.signRoot(root); err != nil {
		return fmt.Errorf("ceremony: %w", err)
	}
	changed, err := r.nextOffline()
	if err == nil {
		err = r.commit(changed)
	}
	if err != nil {
		return fmt.Errorf("ceremony: %w", err)
	}
	return nil
}

// nextOffline returns the next versions of what offline keys sign. A repository
// of an earlier release gets its role for base releases; one whose base key is
// elsewhere keeps the list that was signed there.
func (r *Repository) nextOffline() (map[string]*targetsMeta, error) {
	targets := r.nextTargets()
	changed := map[string]*targetsMeta{roleTargets: targets}
	old, ok := r.at.roles[roleBase]
	if !ok {
		role, err := r.delegateBase(targets)
		changed[roleBase] = role
		return changed, err
	}
	if _, err := loadOffline(r.dir, roleBase); err == nil {
		changed[roleBase] = nextBase(old, r.Now())
	}
	return changed, nil
}

// nextTargets returns the next version of the top-level targets.
func (r *Repository) nextTargets() *targetsMeta { return again(r.at.roles[roleTargets], r.Now()) }
