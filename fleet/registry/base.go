package registry

import (
	"context"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// BaseOrder is what a rollout asks a station to run; nil: it asks nothing more.
type BaseOrder struct {
	Station wire.Station
	Base    *wire.Base
}

// OrderBase asks stations to run a release. Those that are connected are told
// at once, the others when they come back.
func (r Registry) OrderBase(ctx context.Context, tenant wire.Tenant, orders []BaseOrder) error {
	changes, err := r.Store.SaveBases(ctx, tenant, orders)
	pushed := r.pushed(ctx, tenant, changes, nil) // some may have been kept before an error
	if err != nil {
		return r.pushed(ctx, tenant, nil, err)
	}
	return pushed
}
