// Package registry knows what an operator has and where it should be:
// structures, their places, kits and stations, the one-time tokens with which
// a machine becomes a station, and who changed any of it.
//
// People edit structures, kits and stations; [Compose] turns the edit into the
// whole state one station should reach ([wire.Desired]). Its version rises
// only when the state differs, and every change is pushed:
//
//	r := registry.Registry{Store: db, Now: time.Now, Push: push, Disconnect: cut, Log: log}
//	err := r.EditStation(ctx, actor, tenant, id, registry.Edit{Label: "Poste 3", …})
//
// The package never speaks SQL (fleet/store does), never opens a connection
// and never keeps a secret.
package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Errors that callers branch on.
var (
	// ErrUnknown says that the named thing is not in the registry.
	ErrUnknown = errors.New("not in the registry")
	// ErrInvalid says that an edit breaks a rule; the wrapped text names the field.
	ErrInvalid = errors.New("invalid edit")
)

// Store keeps the registry. Every method that changes something writes the
// audit entry in the same transaction and returns the stations whose desired
// state changed with it.
type Store interface {
	SaveTenant(ctx context.Context, t Tenant, a Audit) ([]Change, error)
	SaveStructure(ctx context.Context, tenant wire.Tenant, s Structure, a Audit) ([]Change, error)
	SavePlace(ctx context.Context, tenant wire.Tenant, p Place, a Audit) ([]Change, error)
	SaveKit(ctx context.Context, tenant wire.Tenant, k Kit, a Audit) ([]Change, error)
	SaveEdit(ctx context.Context, tenant wire.Tenant, id wire.Station, e Edit, a Audit) ([]Change, error)
	SaveTrust(ctx context.Context, tenant wire.Tenant, version uint64) ([]Change, error)
	SaveLost(ctx context.Context, tenant wire.Tenant, id wire.Station, since time.Time, a Audit) error
	// SaveBases keeps what stations are asked to run.
	SaveBases(ctx context.Context, tenant wire.Tenant, orders []BaseOrder) ([]Change, error)
	// SaveMove puts stations in a kit and at a usual place of its structure, or
	// none. It returns those that left their structure too.
	SaveMove(ctx context.Context, tenant wire.Tenant, ids []wire.Station, kit, place string, a Audit) ([]Change, []wire.Station, error)
	// KitOf returns the kit that a station is in, unless it was declared lost.
	KitOf(ctx context.Context, tenant wire.Tenant, id wire.Station) (string, error)
	// AddJobs keeps orders for stations, all or none of them.
	AddJobs(ctx context.Context, tenant wire.Tenant, orders []StationJob, a Audit) error
	Note(ctx context.Context, tenant wire.Tenant, a Audit) error
	Desired(ctx context.Context, tenant wire.Tenant, id wire.Station) (wire.Desired, error)
	Kits(ctx context.Context, tenant wire.Tenant) ([]Kit, error)
}

// Registry applies edits. Push, PushJob and Disconnect may be nil (a tool that works on
// the store of a stopped server). Issue makes a token (provisioning/enroll); it
// may be nil when nobody calls IssueToken; so may Give, which sends a token to
// the station that shows a code, when nobody calls Approve. The other fields are required.
type Registry struct {
	Store      Store
	Now        func() time.Time
	Push       func(ctx context.Context, tenant wire.Tenant, id wire.Station, d wire.Desired)
	PushJob    func(ctx context.Context, tenant wire.Tenant, id wire.Station, job wire.Job)
	Disconnect func(tenant wire.Tenant, id wire.Station)
	Issue      func(ctx context.Context, tenant wire.Tenant, kit string, claims wire.Station, expires time.Time) (string, error)
	Give       func(code string, issue func() (string, error)) error
	Log        *slog.Logger
}

// Change is a station whose desired state changed, and the new state.
type Change struct {
	Station wire.Station
	Desired wire.Desired
}

// SaveTenant creates or changes the operator itself.
func (r Registry) SaveTenant(ctx context.Context, by Actor, t Tenant) error {
	if err := t.check(); err != nil {
		return err
	}
	changes, err := r.Store.SaveTenant(ctx, t, r.audit(by, "tenant.save", string(t.ID)))
	return r.pushed(ctx, t.ID, changes, err)
}

// SaveStructure creates or changes a structure.
func (r Registry) SaveStructure(ctx context.Context, by Actor, tenant wire.Tenant, s Structure) error {
	if err := s.check(); err != nil {
		return err
	}
	a := r.audit(by, "structure.save", fmt.Sprint(s.ID))
	changes, err := r.Store.SaveStructure(ctx, tenant, s, a)
	return r.pushed(ctx, tenant, changes, err)
}

// SavePlace creates or changes a place.
func (r Registry) SavePlace(ctx context.Context, by Actor, tenant wire.Tenant, p Place) error {
	if err := p.check(); err != nil {
		return err
	}
	changes, err := r.Store.SavePlace(ctx, tenant, p, r.audit(by, "place.save", p.ID))
	return r.pushed(ctx, tenant, changes, err)
}

// SaveKit creates or changes a kit.
func (r Registry) SaveKit(ctx context.Context, by Actor, tenant wire.Tenant, k Kit) error {
	if err := k.check(); err != nil {
		return err
	}
	changes, err := r.Store.SaveKit(ctx, tenant, k, r.audit(by, "kit.save", k.ID))
	return r.pushed(ctx, tenant, changes, err)
}

// EditStation changes what people decide about a station.
func (r Registry) EditStation(ctx context.Context, by Actor, tenant wire.Tenant, id wire.Station, e Edit) error {
	if err := e.check(); err != nil {
		return err
	}
	changes, err := r.Store.SaveEdit(ctx, tenant, id, e, r.audit(by, "station.edit", string(id)))
	return r.pushed(ctx, tenant, changes, err)
}

// SetTrust tells every station of a tenant that a newer trust snapshot exists.
func (r Registry) SetTrust(ctx context.Context, tenant wire.Tenant, version uint64) error {
	changes, err := r.Store.SaveTrust(ctx, tenant, version)
	return r.pushed(ctx, tenant, changes, err)
}

// DeclareLost revokes a station's certificates and ends its connection.
// Records it made after since are set aside; earlier ones stay.
func (r Registry) DeclareLost(ctx context.Context, by Actor, tenant wire.Tenant, id wire.Station, since time.Time) error {
	if since.IsZero() || since.After(r.Now()) {
		since = r.Now()
	}
	if err := r.Store.SaveLost(ctx, tenant, id, since, r.audit(by, "station.lost", string(id))); err != nil {
		return fmt.Errorf("declare lost: %w", err)
	}
	r.Log.Warn("station declared lost", "tenant", tenant, "station", id)
	if r.Disconnect != nil {
		r.Disconnect(tenant, id)
	}
	return nil
}

// IssueToken makes a one-time enrolment token for a kit, good until the end of
// life, and returns its text, which is shown once and stored nowhere. A token
// that claims a station gives its old identity to the machine that presents it.
func (r Registry) IssueToken(ctx context.Context, by Actor, tenant wire.Tenant, kit string, claims wire.Station, life time.Duration) (string, error) {
	if life <= 0 || life > MaxTokenLife {
		return "", invalid("life")
	}
	kits, err := r.Store.Kits(ctx, tenant)
	if err != nil {
		return "", fmt.Errorf("issue token: %w", err)
	}
	if !slices.ContainsFunc(kits, func(k Kit) bool { return k.ID == kit }) {
		return "", fmt.Errorf("issue token: kit: %w", ErrUnknown)
	}
	if err := r.Store.Note(ctx, tenant, r.audit(by, "token.create", kit)); err != nil {
		return "", fmt.Errorf("issue token: %w", err)
	}
	text, err := r.Issue(ctx, tenant, kit, claims, r.Now().Add(life))
	if err != nil {
		return "", fmt.Errorf("issue token: %w", err)
	}
	return text, nil
}

// Desired returns the state that a station should reach.
func (r Registry) Desired(ctx context.Context, tenant wire.Tenant, id wire.Station) (wire.Desired, error) {
	return r.Store.Desired(ctx, tenant, id)
}

func (r Registry) audit(by Actor, what, object string) Audit {
	return Audit{At: r.Now(), Who: by.Login, From: by.Address, What: what, Object: object}
}

func (r Registry) pushed(ctx context.Context, tenant wire.Tenant, changes []Change, err error) error {
	if err != nil {
		return fmt.Errorf("change registry: %w", err)
	}
	for _, c := range changes {
		if r.Push != nil {
			r.Push(ctx, tenant, c.Station, c.Desired)
		}
	}
	return nil
}
