package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Registry changes what the operator has (fleet/registry).
type Registry interface {
	SaveTenant(ctx context.Context, by registry.Actor, t registry.Tenant) error
	SaveStructure(ctx context.Context, by registry.Actor, tenant wire.Tenant, s registry.Structure) error
	SavePlace(ctx context.Context, by registry.Actor, tenant wire.Tenant, p registry.Place) error
	SaveKit(ctx context.Context, by registry.Actor, tenant wire.Tenant, k registry.Kit) error
	EditStation(ctx context.Context, by registry.Actor, tenant wire.Tenant, id wire.Station, e registry.Edit) error
	DeclareLost(ctx context.Context, by registry.Actor, tenant wire.Tenant, id wire.Station, since time.Time) error
	Order(ctx context.Context, by registry.Actor, tenant wire.Tenant, ids []wire.Station, kind wire.JobKind) (string, error)
	IssueToken(ctx context.Context, by registry.Actor, tenant wire.Tenant, kit string, claims wire.Station, life time.Duration) (string, error)
	Approve(ctx context.Context, by registry.Actor, tenant wire.Tenant, kit string, claims wire.Station, code string) error
}

// Fleet reads the registry and writes the audit log (fleet/store).
type Fleet interface {
	Note(ctx context.Context, tenant wire.Tenant, a registry.Audit) error
	Stations(ctx context.Context, tenant wire.Tenant, q registry.Query) ([]registry.Station, int, error)
	Station(ctx context.Context, tenant wire.Tenant, id wire.Station) (registry.Station, error)
}

// TokenOrder asks for a one-time enrolment token.
type TokenOrder struct {
	Tenant wire.Tenant
	Kit    string
	Claims wire.Station // the old identity it gives back; "": a new one
	Life   time.Duration
	Code   string // Approve: what the station shows
}

// StationQuestion names a station, and what to do with it.
type StationQuestion struct {
	Tenant wire.Tenant
	ID     wire.Station
	Edit   registry.Edit // EditStation
	Since  time.Time     // DeclareLost
	Query  registry.Query
}

func (p Parts) stations(mux *http.ServeMux) {
	on(mux, p.Log, "/token/issue", func(ctx context.Context, q TokenOrder) (string, error) {
		return p.Registry.IssueToken(ctx, actor, q.Tenant, q.Kit, q.Claims, q.Life)
	})
	on(mux, p.Log, "/token/approve", func(ctx context.Context, q TokenOrder) (done, error) {
		return done{}, p.Registry.Approve(ctx, actor, q.Tenant, q.Kit, q.Claims, q.Code)
	})
	on(mux, p.Log, "/station/list", func(ctx context.Context, q StationQuestion) ([]registry.Station, error) {
		stations, _, err := p.Fleet.Stations(ctx, q.Tenant, q.Query)
		return stations, err
	})
	on(mux, p.Log, "/station/show", func(ctx context.Context, q StationQuestion) (registry.Station, error) {
		return p.Fleet.Station(ctx, q.Tenant, q.ID)
	})
	on(mux, p.Log, "/station/edit", func(ctx context.Context, q StationQuestion) (done, error) {
		return done{}, p.Registry.EditStation(ctx, actor, q.Tenant, q.ID, q.Edit)
	})
	on(mux, p.Log, "/station/lost", func(ctx context.Context, q StationQuestion) (done, error) {
		return done{}, p.Registry.DeclareLost(ctx, actor, q.Tenant, q.ID, q.Since)
	})
}

// IssueToken makes a one-time enrolment token; its text is shown only now.
func (c *Client) IssueToken(ctx context.Context, q TokenOrder) (string, error) {
	return call[TokenOrder, string](ctx, c, "/token/issue", q)
}

// Approve lets the station that shows q.Code join; q.Life does not matter.
func (c *Client) Approve(ctx context.Context, q TokenOrder) error {
	_, err := call[TokenOrder, done](ctx, c, "/token/approve", q)
	return err
}

// Stations lists a tenant's stations.
func (c *Client) Stations(ctx context.Context, tenant wire.Tenant, q registry.Query) ([]registry.Station, error) {
	return call[StationQuestion, []registry.Station](ctx, c, "/station/list", StationQuestion{Tenant: tenant, Query: q})
}

// Station returns one station.
func (c *Client) Station(ctx context.Context, tenant wire.Tenant, id wire.Station) (registry.Station, error) {
	return call[StationQuestion, registry.Station](ctx, c, "/station/show", StationQuestion{Tenant: tenant, ID: id})
}

// EditStation changes what people decide about a station.
func (c *Client) EditStation(ctx context.Context, tenant wire.Tenant, id wire.Station, e registry.Edit) error {
	_, err := call[StationQuestion, done](ctx, c, "/station/edit", StationQuestion{Tenant: tenant, ID: id, Edit: e})
	return err
}

// DeclareLost revokes a station's certificates and sets aside what it records
// after since.
func (c *Client) DeclareLost(ctx context.Context, tenant wire.Tenant, id wire.Station, since time.Time) error {
	_, err := call[StationQuestion, done](ctx, c, "/station/lost", StationQuestion{Tenant: tenant, ID: id, Since: since})
	return err
}
