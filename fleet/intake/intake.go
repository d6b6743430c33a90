// Package intake decides what the fleet believes of what stations say.
//
// It works in two steps. [Desk] takes each message as it arrives and returns
// once it is stored: ledger entries as evidence, counters, states and samples
// as they are, everything else in quarantine. Only then does the broker
// acknowledge it. [Believer] comes after: it checks the signature and chain of
// each entry, unseals the record, dates it and hands passes to settlement.
// Acknowledged means stored, never believed.
//
// Messages may come twice, late or in any order; their keys make that
// harmless. The package never speaks MQTT or SQL, never answers a station
// otherwise than by d/ messages, and its errors and logs hold no pass number
// and no payload.
package intake

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Store keeps what was received. Every method that changes something returns
// after the commit.
type Store interface {
	Epoch() string

	// AddEvidence stores entries that are already there as nothing new; a
	// different entry in the same place goes to quarantine with an alarm.
	AddEvidence(ctx context.Context, tenant wire.Tenant, id wire.Station, incarnation uint32, m wire.Records) error
	// AddCounters keeps the largest value of each counter.
	AddCounters(ctx context.Context, tenant wire.Tenant, id wire.Station, incarnation uint32, m wire.Counters) error
	Quarantine(ctx context.Context, q Quarantined) error
	// Acks returns how far each log of a station is stored, newest log first.
	Acks(ctx context.Context, tenant wire.Tenant, id wire.Station) ([]wire.LogAck, error)

	SetOnline(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.State, at time.Time) error
	SaveHello(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.Hello, at time.Time) error
	SaveTelemetry(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.Telemetry, at time.Time) error
	SaveReported(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.Reported, at time.Time) error
	SaveProgress(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.Progress, at time.Time) error
	// SaveBoots keeps when boots began and dates the validations that waited
	// for it; dated says that there were some.
	SaveBoots(ctx context.Context, tenant wire.Tenant, id wire.Station, boots []wire.BootTime) (dated bool, err error)

	Desired(ctx context.Context, tenant wire.Tenant, id wire.Station) (wire.Desired, error)
	// NextJob returns the oldest order that is neither expired nor over; its
	// ID is empty when there is none.
	NextJob(ctx context.Context, tenant wire.Tenant, id wire.Station, now time.Time) (wire.Job, error)
}
