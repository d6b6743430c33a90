package admin

import (
	"context"
	"net/http"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Of is something of a tenant.
type Of[T any] struct {
	Tenant wire.Tenant
	Value  T
}

type done = struct{}

func (p Parts) territory(mux *http.ServeMux) {
	on(mux, p.Log, "/tenant/save", func(ctx context.Context, t registry.Tenant) (done, error) {
		return done{}, p.Registry.SaveTenant(ctx, actor, t)
	})
	on(mux, p.Log, "/structure/save", func(ctx context.Context, q Of[registry.Structure]) (done, error) {
		return done{}, p.Registry.SaveStructure(ctx, actor, q.Tenant, q.Value)
	})
	on(mux, p.Log, "/place/save", func(ctx context.Context, q Of[registry.Place]) (done, error) {
		return done{}, p.Registry.SavePlace(ctx, actor, q.Tenant, q.Value)
	})
	on(mux, p.Log, "/kit/save", func(ctx context.Context, q Of[registry.Kit]) (done, error) {
		return done{}, p.Registry.SaveKit(ctx, actor, q.Tenant, q.Value)
	})
}

// SaveTenant creates or changes the operator itself.
func (c *Client) SaveTenant(ctx context.Context, t registry.Tenant) error {
	_, err := call[registry.Tenant, done](ctx, c, "/tenant/save", t)
	return err
}

// SaveStructure creates or changes a structure.
func (c *Client) SaveStructure(ctx context.Context, tenant wire.Tenant, s registry.Structure) error {
	return save(ctx, c, "/structure/save", tenant, s)
}

// SavePlace creates or changes a place.
func (c *Client) SavePlace(ctx context.Context, tenant wire.Tenant, p registry.Place) error {
	return save(ctx, c, "/place/save", tenant, p)
}

// SaveKit creates or changes a kit.
func (c *Client) SaveKit(ctx context.Context, tenant wire.Tenant, k registry.Kit) error {
	return save(ctx, c, "/kit/save", tenant, k)
}

func save[T any](ctx context.Context, c *Client, path string, tenant wire.Tenant, value T) error {
	_, err := call[Of[T], done](ctx, c, path, Of[T]{tenant, value})
	return err
}
