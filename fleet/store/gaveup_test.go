package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// TestGivingUpShowsNothing holds that a caller whose deadline passed during
// the commit reads nothing that the writer may still be writing.
func TestGivingUpShowsNothing(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	hold := false
	s := create(t, store.WithCommitFault(func() error {
		if hold {
			entered <- struct{}{}
			<-leave
		}
		return nil
	}))
	furnishTwo(t, s)
	hold = true
	given := map[string]func(context.Context) (bool, error){
		"a change of the registry": func(ctx context.Context) (bool, error) {
			changes, err := s.SaveStructure(ctx, "demo", registry.Structure{ID: 1, Name: "autre", Passes: true}, registry.Audit{What: "test"})
			return len(changes) > 0, err
		},
		"the date of a boot": func(ctx context.Context) (bool, error) {
			return s.SaveBoots(ctx, "demo", north, []wire.BootTime{{Boot: "b", Wall: time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC), Clock: pass.ClockRTC}})
		},
	}
	for name, do := range given {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-entered; cancel(); leave <- struct{}{} }()
			if seen, err := do(ctx); seen || !errors.Is(err, store.ErrUnknown) {
				t.Errorf("saw a result = %v, %v; want none, %v", seen, err, store.ErrUnknown)
			}
		})
	}
}
