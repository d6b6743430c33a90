package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Refresh brings the station to what the repository behind from says now. The
// reference for expiries is now: give the later of the station's time and its
// clock's floor. Everything new is verified and on the disk before any of it
// counts; when Refresh fails, or power is cut, what was held before stays.
func (c *Client) Refresh(ctx context.Context, from Fetcher, now time.Time) error {
	c.refreshing.Lock()
	defer c.refreshing.Unlock()
	pinned, err := readPinned(c.dir)
	if err != nil {
		return fmt.Errorf("refresh trust: %w", err)
	}
	held, err := readLocal(c.dir)
	if err != nil {
		held = local{} // damaged: fetched anew, the floor still guards against the past
	}
	get := func(name string, limit int64) ([]byte, error) { return from.Fetch(ctx, name, limit) }
	next, view, err := advance(get, pinned, held, c.tenant, now)
	if err != nil {
		return fmt.Errorf("refresh trust: %w", err)
	}
	fetched, err := c.fetchTargets(get, view)
	if err != nil {
		return fmt.Errorf("refresh trust: %w", err)
	}
	// Written again after a repair too, so that other processes look.
	if fetched || !held.equal(next) {
		err = next.write(c.dir)
	}
	if err != nil {
		return fmt.Errorf("refresh trust: %w", err)
	}
	if err := c.adopt(view); err != nil {
		return fmt.Errorf("refresh trust: %w", err)
	}
	c.mu.Lock()
	c.base = view.base
	c.mu.Unlock()
	return nil
}

// adopt goes on with the new state and lets go of targets that neither it nor
// the state before lists.
func (c *Client) adopt(v *view) error {
	before := c.current().targets
	c.Reload()
	return c.sweep(before, v.targets)
}

func (l local) equal(o local) bool {
	return slices.EqualFunc(l.Roots, o.Roots, slices.Equal) && slices.Equal(l.Timestamp, o.Timestamp) &&
		slices.Equal(l.Snapshot, o.Snapshot) && slices.Equal(l.Targets, o.Targets) && slices.Equal(l.Tenant, o.Tenant) &&
		slices.Equal(l.Base, o.Base)
}

// get is a Fetcher for the time of one refresh.
type get func(name string, limit int64) ([]byte, error)

// step is one refresh on its way from root to tenant role.
type step struct {
	get  get
	t    *trustedmetadata.TrustedMetadata
	held local
	next local
}

func advance(get get, pinned []byte, held local, tenant wire.Tenant, now time.Time) (local, *view, error) {
	t, err := held.climb(pinned, now)
	if err != nil {
		held = local{} // of another root: nothing of it counts
		if t, err = held.climb(pinned, now); err != nil {
			return local{}, nil, err
		}
	}
	s := &step{get, t, held, local{Roots: slices.Clone(held.Roots)}}
	for _, part := range []func() error{s.roots, s.timestamp, s.snapshot, s.targets} {
		if err := part(); err != nil {
			return local{}, nil, err
		}
	}
	if err := s.tenant(tenantRole(tenant)); err != nil {
		return local{}, nil, err
	}
	problem := s.base()
	v, err := look(s.t, tenant)
	if err != nil {
		return local{}, nil, err
	}
	v.base = problem
	return s.next, v, nil
}

// roots climbs to the newest root, each signed by the one before and itself. When
// it names other keys for the newest list, what the keys before had signed no longer
// guards against the past: a thief may have put it far ahead.
func (s *step) roots() error {
	before := s.t.Root
	if err := s.climb(); err != nil {
		return err
	}
	if rotated(before, s.t.Root, roleTimestamp) || rotated(before, s.t.Root, roleSnapshot) {
		s.held.Timestamp, s.held.Snapshot = nil, nil
	}
	return nil
}

func rotated(before, after *rootMeta, role string) bool {
	a, b := before.Signed.Roles[role], after.Signed.Roles[role]
	return a == nil || b == nil || !slices.Equal(slices.Sorted(slices.Values(a.KeyIDs)), slices.Sorted(slices.Values(b.KeyIDs)))
}

func (s *step) climb() error {
	for range maxRoots {
		raw, err := s.get(metadataName(s.t.Root.Signed.Version+1, roleRoot), maxRoot)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := s.t.UpdateRoot(raw); err != nil {
			return classify("root", err)
		}
		s.next.Roots = append(s.next.Roots, raw)
	}
	return nil
}

// timestamp takes a newer one, or goes on with the one held.
func (s *step) timestamp() error {
	_, _ = s.t.UpdateTimestamp(s.held.Timestamp) // an expired or foreign one only does not guard against rollback
	s.next.Timestamp = s.held.Timestamp
	raw, err := s.get(timestampName, maxTimestamp)
	if err != nil {
		return err
	}
	_, err = s.t.UpdateTimestamp(raw)
	var equal *metadata.ErrEqualVersionNumber
	if errors.As(err, &equal) {
		return nil
	}
	if err != nil {
		return classify("timestamp", err)
	}
	s.next.Timestamp = raw
	return nil
}

func (s *step) snapshot() error {
	want := s.t.Timestamp.Signed.Meta[roleSnapshot+".json"]
	if want == nil {
		return fmt.Errorf("timestamp: %w", ErrUntrusted)
	}
	// The one held guards against rollback even when it is not the one wanted.
	_, err := s.t.UpdateSnapshot(s.held.Snapshot, true)
	if err == nil && want.VerifyLengthHashes(s.held.Snapshot) == nil {
		s.next.Snapshot = s.held.Snapshot
		return nil
	}
	raw, err := s.fetchMetadata(roleSnapshot, want, maxSnapshot)
	if err != nil {
		return err
	}
	if _, err := s.t.UpdateSnapshot(raw, false); err != nil {
		return classify("snapshot", err)
	}
	s.next.Snapshot = raw
	return nil
}

func (s *step) targets() (err error) {
	s.next.Targets, err = s.role(roleTargets, roleRoot, s.held.Targets)
	return err
}

func (s *step) tenant(role string) (err error) {
	s.next.Tenant, err = s.role(role, roleTargets, s.held.Tenant)
	return err
}

// base takes the list of base releases. Passes and lessons do not wait for it:
// one that is expired or cannot be believed is left out, and said to be.
func (s *step) base() error {
	if s.t.Snapshot.Signed.Meta[roleBase+".json"] == nil {
		return nil // a repository of an earlier release
	}
	raw, err := s.role(roleBase, roleTargets, s.held.Base)
	if err == nil {
		s.next.Base = raw
	}
	return err
}

// role takes a targets role, from the disk when it is the one wanted.
func (s *step) role(role, parent string, held []byte) ([]byte, error) {
	want := s.t.Snapshot.Signed.Meta[role+".json"]
	if want == nil {
		return nil, ErrNoTenant
	}
	raw := held
	if len(held) == 0 || len(want.Hashes) == 0 || want.VerifyLengthHashes(held) != nil {
		var err error
		if raw, err = s.fetchMetadata(role, want, maxRole); err != nil {
			return nil, err
		}
	}
	if _, err := s.t.UpdateDelegatedTargets(raw, role, parent); err != nil {
		return nil, classify(role, err)
	}
	return raw, nil
}

// fetchMetadata never reads more than was announced.
func (s *step) fetchMetadata(role string, want *metadata.MetaFiles, limit int64) ([]byte, error) {
	if want.Length > limit {
		return nil, ErrTooLarge
	}
	if want.Length > 0 {
		limit = want.Length
	}
	return s.get(metadataName(want.Version, role), limit)
}
