package shelf

import (
	"context"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// PutCycle publishes a cycle under its identifier; no content withdraws it.
func (s *Shelf) PutCycle(ctx context.Context, tenant wire.Tenant, id string, cycle []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(cycle) == 0 {
		cycle = nil
	}
	if err := s.Releases.Publish(tenant, map[string][]byte{release.Prefix(tenant) + wire.CycleTarget(id): cycle}); err != nil {
		return fmt.Errorf("publish cycle: %w", err)
	}
	if s.Published != nil {
		s.Published(ctx, tenant)
	}
	return nil
}
