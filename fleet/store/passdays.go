package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// homeZone is the civil time of what happened at a place nobody knows.
const homeZone = "Europe/Paris"

// zoneOf is the civil time of place p in SQL.
const zoneOf = `COALESCE(NULLIF(p.zone, ''), '` + homeZone + `')`

// validated limits validations that were not taken back to a scope, to a time
// and to the places of one zone.
const validated = ` FROM validations v
	LEFT JOIN structures o ON o.tenant = v.tenant AND o.structure = v.structure
	LEFT JOIN places p ON p.tenant = v.tenant AND p.place = v.place
	WHERE v.tenant = $1 AND ($2 = 0 OR v.structure = $2) AND ($3 = '' OR o.territory = $3)
	AND v.kind = $4 AND v.state <> 'annule' AND ` + lineTime + ` >= $5 AND ` + lineTime + ` < $6 AND ` + zoneOf + ` = $7`

// ValidationCounts counts validations that were not taken back, by the civil
// day of their place on which they were made, or received when nobody knows.
func (s *Store) ValidationCounts(ctx context.Context, tenant wire.Tenant, sc report.Scope, from, until string) (out []report.Validated, err error) {
	err = s.eachZone(ctx, tenant, from, until, func(zone *time.Location, first, last int64) error {
		counts, err := list(ctx, s.r, func(row rowScanner) (v report.Validated, err error) {
			err = row.Scan(&v.Issuer, &v.Batch, &v.Service, &v.Place, &v.Posture, &v.State, &v.Value)
			return v, err
		}, `SELECT v.issuer, v.batch, v.service, v.place, v.posture, v.state, COUNT(*)`+validated+`
			GROUP BY v.issuer, v.batch, v.service, v.place, v.posture, v.state ORDER BY v.issuer, v.batch, v.service, v.place, v.posture, v.state`,
			tenant, sc.Structure, sc.Territory, pass.Validation, first, last, zone.String())
		out = append(out, counts...)
		return err
	})
	return out, wrap(err, "count validations")
}

// PaperDays compares the validations of each day at each place with the papers
// counted there at its end.
func (s *Store) PaperDays(ctx context.Context, tenant wire.Tenant, sc report.Scope, from, until string) ([]report.Papers, error) {
	days := paperDays{}
	err := s.eachZone(ctx, tenant, from, until, func(zone *time.Location, first, last int64) error {
		return s.addValidated(ctx, days, tenant, sc, zone, first, last)
	})
	if err != nil {
		return nil, fmt.Errorf("count validations by day: %w", err)
	}
	if err := s.addKept(ctx, days, tenant, sc, from, until); err != nil {
		return nil, fmt.Errorf("count papers by day: %w", err)
	}
	return days.sorted(), nil
}

// paperDays holds one comparison for each day at each place.
type paperDays map[[2]string]report.Papers

func (d paperDays) add(day, place string, validated, kept uint64) {
	p := d[[2]string{day, place}]
	d[[2]string{day, place}] = report.Papers{Day: day, Place: place, Validated: p.Validated + validated, Kept: p.Kept + kept}
}

func (d paperDays) sorted() []report.Papers {
	return slices.SortedFunc(maps.Values(d), func(a, b report.Papers) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Place, b.Place))
	})
}

// slot is the largest piece of time that every zone's days are made of.
const slot = 15 * time.Minute

func (s *Store) addValidated(ctx context.Context, days paperDays, tenant wire.Tenant, sc report.Scope, zone *time.Location, first, last int64) error {
	slots, err := list(ctx, s.r, func(row rowScanner) (p report.Papers, err error) {
		var at int64
		err = row.Scan(&at, &p.Place, &p.Validated)
		p.Day = fromMillis(at * slot.Milliseconds()).In(zone).Format(time.DateOnly)
		return p, err
	}, `SELECT `+lineTime+` / $8 AS slot, v.place, COUNT(*)`+validated+` GROUP BY slot, v.place`,
		tenant, sc.Structure, sc.Territory, pass.Validation, first, last, zone.String(), slot.Milliseconds())
	for _, p := range slots {
		days.add(p.Day, p.Place, p.Validated, 0)
	}
	return err
}

// count is one count of papers; without its figure it is the key under which
// later counts replace earlier ones.
type count struct {
	station wire.Station
	day     string
	place   string
	kept    uint64
	said    uint64 // validations that the station counted with the papers
	since   uint64 // validations between the count before and this one
}

// again reports whether the count corrects the one before it: it covers
// validations that were made before that one too. Otherwise it is of another
// workshop on the same day.
func (c count) again() bool { return c.said > c.since }

// addKept adds the papers counted: the last count of a station for a workshop
// stands for all of them.
func (s *Store) addKept(ctx context.Context, days paperDays, tenant wire.Tenant, sc report.Scope, from, until string) error {
	counts, err := list(ctx, s.r, scanCount, `SELECT c.station, c.place, c.date, c.kept, c.validated, c.since, `+countTime+` AS happened, `+zoneOf+`
		FROM papers c LEFT JOIN structures o ON o.tenant = c.tenant AND o.structure = c.structure
		LEFT JOIN places p ON p.tenant = c.tenant AND p.place = c.place
		LEFT JOIN evidence e ON e.tenant = c.tenant AND e.station = c.station AND e.log = c.log AND e.seq = c.seq
		WHERE c.tenant = $1 AND ($2 = 0 OR c.structure = $2) AND ($3 = '' OR o.territory = $3)
		AND (c.date = '' OR c.date >= $4 AND c.date < $5) ORDER BY happened, c.log, c.seq`, tenant, sc.Structure, sc.Territory, from, until)
	if err != nil {
		return err
	}
	last := map[count]uint64{}
	for _, c := range counts {
		if c.day < from || c.day >= until {
			continue
		}
		key := count{station: c.station, day: c.day, place: c.place}
		if !c.again() {
			days.add(c.day, c.place, 0, last[key]) // that workshop is over
		}
		last[key] = c.kept
	}
	for c, kept := range last {
		days.add(c.day, c.place, 0, kept)
	}
	return nil
}

// countTime is when papers were counted, or received while nobody knows.
const countTime = `CASE WHEN c.at > 0 THEN c.at ELSE COALESCE(e.received_at, 0) END`

// scanCount reads a count; one without a date is of the day it was made.
func scanCount(row rowScanner) (c count, err error) {
	var happened int64
	var zone string
	if err = row.Scan(&c.station, &c.place, &c.day, &c.kept, &c.said, &c.since, &happened, &zone); err != nil || c.day != "" {
		return c, err
	}
	where, err := time.LoadLocation(zone)
	if err != nil {
		return c, fmt.Errorf("load zone: %w", err)
	}
	c.day = fromMillis(happened).In(where).Format(time.DateOnly)
	return c, nil
}

// eachZone calls do with every zone that a place is in, and the time between
// two days there.
func (s *Store) eachZone(ctx context.Context, tenant wire.Tenant, from, until string, do func(zone *time.Location, first, last int64) error) error {
	names, err := list(ctx, s.r, func(row rowScanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT `+zoneOf+` FROM places p WHERE p.tenant = $1 UNION SELECT '`+homeZone+`'`, tenant)
	if err != nil {
		return fmt.Errorf("list zones: %w", err)
	}
	for _, name := range names {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return fmt.Errorf("load zone: %w", err)
		}
		first, last, err := bounds(zone, from, until)
		if err != nil {
			return err
		}
		if err := do(zone, first, last); err != nil {
			return err
		}
	}
	return nil
}

// bounds turns days into milliseconds by the civil time of a zone.
func bounds(zone *time.Location, from, until string) (first, last int64, err error) {
	a, err := time.ParseInLocation(time.DateOnly, from, zone)
	if err != nil {
		return 0, 0, fmt.Errorf("read day: %w", err)
	}
	b, err := time.ParseInLocation(time.DateOnly, until, zone)
	if err != nil {
		return 0, 0, fmt.Errorf("read day: %w", err)
	}
	return millis(a), millis(b), nil
}
