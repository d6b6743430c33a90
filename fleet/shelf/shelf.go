// Package shelf is the lesson packs and books that a tenant's stations are offered: it
// keeps the signed list and the packs in the release repository, so that both
// change together or not at all.
//
// It never looks into a pack and never judges a lesson: the editor's gate
// (kitctl lesson publish) did, and a station reads each pack as hostile.
package shelf

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// ErrUnknown says that no lesson of that identifier is published.
var ErrUnknown = errors.New("no such lesson published")

// Repository is where signed targets are (provisioning/release).
type Repository interface {
	Publish(tenant wire.Tenant, targets map[string][]byte) error
	Read(tenant wire.Tenant, name string) ([]byte, error)
	HasBlob(p release.Part) bool
}

// Shelf publishes lessons. It is safe for concurrent use by one process.
type Shelf struct {
	Releases Repository
	// Published is told after each change; it may be nil.
	Published func(ctx context.Context, tenant wire.Tenant)

	mu sync.Mutex
}

// List returns what a tenant has published.
func (s *Shelf) List(tenant wire.Tenant) (wire.Lessons, error) {
	raw, err := s.Releases.Read(tenant, release.Prefix(tenant)+wire.LessonsTarget)
	if errors.Is(err, release.ErrNotFound) {
		return wire.Lessons{V: 1}, nil
	}
	if err != nil {
		return wire.Lessons{}, fmt.Errorf("read list of lessons: %w", err)
	}
	var list wire.Lessons
	if err := wire.Decode(raw, &list); err != nil {
		return wire.Lessons{}, fmt.Errorf("read list of lessons: %w", err)
	}
	return list, nil
}

// Put publishes a pack, in the place of an earlier one of the same identifier.
func (s *Shelf) Put(ctx context.Context, tenant wire.Tenant, l wire.Lesson, pack []byte) error {
	return s.change(ctx, tenant, func(list *wire.Lessons, targets map[string][]byte) error {
		drop(list, tenant, l.ID, targets)
		list.Lessons = append(list.Lessons, l)
		slices.SortFunc(list.Lessons, func(a, b wire.Lesson) int { return strings.Compare(a.ID, b.ID) })
		targets[release.Prefix(tenant)+l.Target()] = pack
		return nil
	})
}

// Remove withdraws a lesson: stations lose it at their next refresh. It fails
// with [ErrUnknown] when there is none.
func (s *Shelf) Remove(ctx context.Context, tenant wire.Tenant, id string) error {
	return s.change(ctx, tenant, func(list *wire.Lessons, targets map[string][]byte) error {
		if !drop(list, tenant, id, targets) {
			return ErrUnknown
		}
		return nil
	})
}

func drop(list *wire.Lessons, tenant wire.Tenant, id string, targets map[string][]byte) bool {
	i := slices.IndexFunc(list.Lessons, func(l wire.Lesson) bool { return l.ID == id })
	if i < 0 {
		return false
	}
	targets[release.Prefix(tenant)+list.Lessons[i].Target()] = nil
	list.Lessons = slices.Delete(list.Lessons, i, i+1)
	return true
}

func (s *Shelf) change(ctx context.Context, tenant wire.Tenant, amend func(*wire.Lessons, map[string][]byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.List(tenant)
	if err != nil {
		return err
	}
	targets := map[string][]byte{}
	if err := amend(&list, targets); err != nil {
		return err
	}
	raw, err := wire.Encode(&list)
	if err != nil {
		return fmt.Errorf("write list of lessons: %w", err)
	}
	targets[release.Prefix(tenant)+wire.LessonsTarget] = raw
	if err := s.Releases.Publish(tenant, targets); err != nil {
		return fmt.Errorf("publish lessons: %w", err)
	}
	if s.Published != nil {
		s.Published(ctx, tenant)
	}
	return nil
}
