package store

import (
	"context"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// scoped limits counters to a scope: the structure is that of the place, or of
// the station's kit when no place was said.
const scoped = ` FROM counters c
	LEFT JOIN places p ON p.tenant = c.tenant AND p.place = c.place
	LEFT JOIN stations s ON s.tenant = c.tenant AND s.station = c.station
	LEFT JOIN kits k ON k.tenant = s.tenant AND k.kit = s.kit
	LEFT JOIN structures o ON o.tenant = c.tenant AND o.structure = COALESCE(p.structure, k.structure)
	WHERE c.tenant = $1 AND ($2 = 0 OR o.structure = $2) AND ($3 = '' OR o.territory = $3)`

// UsageCounts sums the counters of half-days from a day until another.
func (s *Store) UsageCounts(ctx context.Context, tenant wire.Tenant, sc report.Scope, from, until string) ([]report.Count, error) {
	return list(ctx, s.r, func(row rowScanner) (c report.Count, err error) {
		err = row.Scan(&c.Period, &c.Place, &c.Name, &c.Lesson, &c.Outcome, &c.Value)
		return c, err
	}, `SELECT c.period, c.place, c.name, c.lesson, c.outcome, SUM(c.value)`+scoped+`
		AND c.period >= $4 AND c.period < $5 AND c.name IN ($6, $7, $8)
		GROUP BY c.period, c.place, c.name, c.lesson, c.outcome ORDER BY c.period, c.place, c.name, c.lesson, c.outcome`,
		tenant, sc.Structure, sc.Territory, from, until, wire.CountSessions, wire.CountLessons, wire.CountParticipants)
}

// UndatedCounts sums what was counted without a date.
func (s *Store) UndatedCounts(ctx context.Context, tenant wire.Tenant, sc report.Scope) (n uint64, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT COALESCE(SUM(c.value), 0)`+scoped+` AND c.period = '' AND c.name IN ($4, $5, $6)`,
		tenant, sc.Structure, sc.Territory, wire.CountSessions, wire.CountLessons, wire.CountParticipants).Scan(&n)
	return n, wrap(err, "count undated")
}

// MonthlyCounts sums the counters of whole months: languages and display modes.
func (s *Store) MonthlyCounts(ctx context.Context, tenant wire.Tenant, sc report.Scope, from, until string) ([]report.Monthly, error) {
	return list(ctx, s.r, func(row rowScanner) (m report.Monthly, err error) {
		err = row.Scan(&m.Name, &m.Item, &m.Value)
		return m, err
	}, `SELECT c.name, c.item, SUM(c.value)`+scoped+`
		AND c.period >= $4 AND c.period < $5 AND c.name IN ($6, $7) GROUP BY c.name, c.item ORDER BY c.name, c.item`,
		tenant, sc.Structure, sc.Territory, from[:len("2026-01")], until[:len("2026-01")], wire.CountLanguage, wire.CountAccess)
}

// ScopePlaces lists the places of a scope by name.
func (s *Store) ScopePlaces(ctx context.Context, tenant wire.Tenant, sc report.Scope) ([]report.Place, error) {
	return list(ctx, s.r, func(row rowScanner) (p report.Place, err error) {
		err = row.Scan(&p.ID, &p.Name, &p.Commune)
		return p, err
	}, `SELECT p.place, p.name, p.commune FROM places p JOIN structures o ON o.tenant = p.tenant AND o.structure = p.structure
		WHERE p.tenant = $1 AND ($2 = 0 OR o.structure = $2) AND ($3 = '' OR o.territory = $3) ORDER BY p.name, p.place`,
		tenant, sc.Structure, sc.Territory)
}

// Waiting tells how far the data of a scope's stations has come. Stations
// declared lost have none to wait for.
func (s *Store) Waiting(ctx context.Context, tenant wire.Tenant, sc report.Scope) ([]report.Waiting, error) {
	return list(ctx, s.r, func(row rowScanner) (w report.Waiting, err error) {
		var seen int64
		err = row.Scan(&w.Station, &w.Label, &w.Kit, &seen, &w.Pending)
		w.LastSeen = fromMillis(seen)
		return w, err
	}, `SELECT s.station, s.label, s.kit, s.last_seen, s.pending FROM stations s
		LEFT JOIN kits k ON k.tenant = s.tenant AND k.kit = s.kit
		LEFT JOIN structures o ON o.tenant = k.tenant AND o.structure = k.structure
		WHERE s.tenant = $1 AND ($2 = 0 OR o.structure = $2) AND ($3 = '' OR o.territory = $3) AND s.lost_since = 0 ORDER BY s.station`,
		tenant, sc.Structure, sc.Territory)
}

// Deadlines returns the last day to present each batch's validations.
func (s *Store) Deadlines(ctx context.Context, tenant wire.Tenant) ([]report.Deadline, error) {
	batches, err := s.Batches(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("read deadlines: %w", err)
	}
	var out []report.Deadline
	for _, b := range batches {
		if !b.Manifest.Revoked && !b.Manifest.Specimen {
			out = append(out, report.Deadline{Issuer: b.Manifest.Issuer, Batch: b.Manifest.Batch, PresentBy: b.Manifest.PresentBy})
		}
	}
	return out, nil
}

var _ report.Store = (*Store)(nil)
