package mint

import (
	"context"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// settleGroup is how many passes are settled in one transaction.
const settleGroup = 256

// Claim is an event with what decides whether it can be paid at all.
type Claim struct {
	Event
	Issuer    pass.Issuer
	Batch     pass.Batch
	Serial    pass.Serial
	Structure pass.Structure
	Service   string
	Zone      string // of the place's civil time; "" when the place is not known
	Received  time.Time
}

// SettleAll applies the rule to every pass with an event it has not seen.
// [Mint.Run] does it by itself.
func (m *Mint) SettleAll(ctx context.Context) error {
	for {
		rule, err := m.rule(ctx)
		if err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		n, changed, err := m.Store.SettleWaiting(ctx, settleGroup, rule)
		if err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		for _, t := range changed {
			m.Wake(t)
		}
		if n < settleGroup {
			return nil
		}
	}
}

// Decide keeps what a person decided about a validation: to pay it although
// the rule would not, or to refuse it. It fails with [ErrUnknown] when there
// is none that no statement has paid yet.
func (m *Mint) Decide(ctx context.Context, tenant wire.Tenant, station wire.Station, at pass.Position, d Decision) error {
	if d != Undecided && d != Pay && d != Refuse {
		return fmt.Errorf("decide: %w: decision", ErrInvalid)
	}
	if err := m.Store.Decide(ctx, tenant, station, at, d); err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	m.Wake(tenant)
	return nil
}

type batchKey struct {
	tenant wire.Tenant
	issuer pass.Issuer
	batch  pass.Batch
}

// rule is [Settle] with what the batches say about each claim.
func (m *Mint) rule(ctx context.Context) (func(wire.Tenant, []Claim) []Outcome, error) {
	manifests, err := m.manifests(ctx)
	if err != nil {
		return nil, err
	}
	zone := m.Now().Location()
	return func(tenant wire.Tenant, claims []Claim) []Outcome {
		events := make([]Event, len(claims))
		for i, c := range claims {
			mf, known := manifests[batchKey{tenant, c.Issuer, c.Batch}]
			events[i] = c.Event
			events[i].Reject = c.rejected(mf, known, zone)
		}
		return Settle(events)
	}, nil
}

func (m *Mint) manifests(ctx context.Context) (map[batchKey]pass.Manifest, error) {
	tenants, err := m.Store.MintTenants(ctx)
	if err != nil {
		return nil, err
	}
	all := map[batchKey]pass.Manifest{}
	for _, t := range tenants {
		batches, err := m.Store.Batches(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, b := range batches {
			all[batchKey{t, b.Manifest.Issuer, b.Manifest.Batch}] = b.Manifest
		}
	}
	return all, nil
}

// zone is that of the place, whose civil date people and their station go by;
// the fleet's own where the place is not known.
func (c Claim) zone(fleet *time.Location) *time.Location {
	if c.Zone == "" {
		return fleet
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return fleet
	}
	return zone
}

// rejected returns why a validation cannot be paid whatever the others are,
// or "". A doubt about the date counts for the structure.
func (c Claim) rejected(mf pass.Manifest, known bool, zone *time.Location) string {
	day := pass.Day(0)
	if c.timed() {
		day = pass.DayOf(c.Wall.In(c.zone(zone)))
	}
	switch {
	case c.Cancels != nil:
		return ""
	case !known || !mf.Holds(c.Serial):
		return ReasonUnknownBatch
	case !mf.Qualified(c.Structure, c.Service, day):
		return ReasonNotQualified
	case day > mf.ToleranceUntil:
		return ReasonTooLate
	case pass.DayOf(c.Received.In(zone)) > mf.PresentBy:
		return ReasonLapsed
	}
	return ""
}
