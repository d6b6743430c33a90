// Package report turns what the fleet believes into the figures that people
// read: usage by half-day, place and lesson, validations by batch, service,
// place and posture, and what is still missing from the figures.
//
// A [Report] is built once and rendered twice, on a screen and as CSV, so both
// say the same. Who reads it decides how much it says: a structure sees its own
// totals; roles above the structure see nothing smaller than [K], never 0
// apart from 1 to 4, and no total from which a hidden figure could be
// subtracted ([Suppress]). They also read whole calendar quarters only, once
// these are over, and one breakdown at a time, because the difference of two
// periods, of two readings of a running one, or of a place and its commune,
// would be a small number again.
//
// The package never speaks SQL (fleet/store does) and never sees a pass number.
package report

import (
	"context"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// K is the smallest count that roles above the structure may read.
const K = 5

// Scope is whose figures a report is about and how closely its reader may look.
type Scope struct {
	Structure pass.Structure // 0: all
	Territory string         // "": all
	Exact     bool           // the reader's own structure, or the operator
}

// Count is a usage total of one half-day at one place.
type Count struct {
	Period  string // "2026-03-12/am", or "" when nobody knew the date
	Place   string
	Name    wire.CounterName
	Lesson  string
	Outcome string
	Value   uint64
}

// Monthly is a total of a month that carries no place.
type Monthly struct {
	Name  wire.CounterName // language or access
	Item  string
	Value uint64
}

// Validated counts validations that share all of these.
type Validated struct {
	Issuer  pass.Issuer
	Batch   pass.Batch
	Service string
	Place   string
	Posture pass.Posture
	State   string // of the settlement
	Value   uint64
}

// Papers compares one day at one place: the validations that were not taken
// back with the papers counted when the day ended.
type Papers struct {
	Day       string // "2026-03-12"
	Place     string
	Validated uint64
	Kept      uint64
}

// Store reads totals. From and until are days, "2026-01-01", until excluded.
type Store interface {
	UsageCounts(ctx context.Context, tenant wire.Tenant, s Scope, from, until string) ([]Count, error)
	UndatedCounts(ctx context.Context, tenant wire.Tenant, s Scope) (uint64, error)
	MonthlyCounts(ctx context.Context, tenant wire.Tenant, s Scope, from, until string) ([]Monthly, error)
	ValidationCounts(ctx context.Context, tenant wire.Tenant, s Scope, from, until string) ([]Validated, error)
	PaperDays(ctx context.Context, tenant wire.Tenant, s Scope, from, until string) ([]Papers, error)
	ScopePlaces(ctx context.Context, tenant wire.Tenant, s Scope) ([]Place, error)
	Waiting(ctx context.Context, tenant wire.Tenant, s Scope) ([]Waiting, error)
	Deadlines(ctx context.Context, tenant wire.Tenant) ([]Deadline, error)
}

// Place is a place of the scope, listed even when nothing happened there.
type Place struct {
	ID, Name, Commune string
}

// Reporter builds reports.
type Reporter struct {
	Store Store
	Now   func() time.Time
}

// Report is a set of tables over one period.
type Report struct {
	Period   Period
	Masked   bool // small numbers are hidden
	Latest   bool // the reader may read no later period yet
	Made     time.Time
	Tables   []Table
	Undated  uint64 // counted without a date, in no table; exact reports only
	Unsynced []Waiting
}

// Usage builds the report of what people did at stations.
func (r Reporter) Usage(ctx context.Context, tenant wire.Tenant, s Scope, p Period) (Report, error) {
	p = p.For(s, r.Now())
	counts, err := r.Store.UsageCounts(ctx, tenant, s, p.From(), p.Until())
	if err != nil {
		return Report{}, fmt.Errorf("usage report: %w", err)
	}
	places, err := r.Store.ScopePlaces(ctx, tenant, s)
	if err != nil {
		return Report{}, fmt.Errorf("usage report: %w", err)
	}
	quarter := p.quarter()
	monthly, err := r.Store.MonthlyCounts(ctx, tenant, s, quarter.From(), quarter.Until())
	if err != nil {
		return Report{}, fmt.Errorf("usage report: %w", err)
	}
	rep := r.start(s, p)
	rep.Tables = usageTables(counts, places, p, s, r.Now().Format(time.DateOnly))
	rep.Tables = append(rep.Tables, monthlyTables(monthly, quarter)...)
	return r.finish(ctx, tenant, s, rep)
}

// Passes builds the report of what was validated.
func (r Reporter) Passes(ctx context.Context, tenant wire.Tenant, s Scope, p Period) (Report, error) {
	p = p.For(s, r.Now())
	counts, err := r.Store.ValidationCounts(ctx, tenant, s, p.From(), p.Until())
	if err != nil {
		return Report{}, fmt.Errorf("pass report: %w", err)
	}
	places, err := r.Store.ScopePlaces(ctx, tenant, s)
	if err != nil {
		return Report{}, fmt.Errorf("pass report: %w", err)
	}
	rep := r.start(s, p)
	rep.Tables = passTables(counts, places, s)
	if s.Exact {
		papers, err := r.Store.PaperDays(ctx, tenant, s, p.From(), p.Until())
		if err != nil {
			return Report{}, fmt.Errorf("pass report: %w", err)
		}
		rep.Tables = append(rep.Tables, paperTables(papers, places, s)...)
	}
	return r.finish(ctx, tenant, s, rep)
}

func (r Reporter) start(s Scope, p Period) Report {
	return Report{Period: p, Masked: !s.Exact, Latest: p.After().For(s, r.Now()) == p, Made: r.Now()}
}

// finish adds what is missing from the figures.
func (r Reporter) finish(ctx context.Context, tenant wire.Tenant, s Scope, rep Report) (Report, error) {
	waiting, err := r.Store.Waiting(ctx, tenant, s)
	if err != nil {
		return Report{}, fmt.Errorf("report: %w", err)
	}
	rep.Unsynced = Stale(waiting, r.Now())
	if !s.Exact {
		return rep, nil
	}
	rep.Undated, err = r.Store.UndatedCounts(ctx, tenant, s)
	if err != nil {
		return Report{}, fmt.Errorf("report: %w", err)
	}
	return rep, nil
}

// Table returns the report's table with that id.
func (r Report) Table(id string) (Table, bool) {
	for _, t := range r.Tables {
		if t.ID == id {
			return t, true
		}
	}
	return Table{}, false
}
