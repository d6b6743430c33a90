package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Count adds delta to the counter that key names (its Value and Rev are
// ignored). The change stays here until its period is closed by
// [Outbox.ClosePeriods]. It fails with [ErrFull] before it would eat the space
// reserved for records.
func (o *Outbox) Count(ctx context.Context, key wire.Counter, delta uint64) error {
	if delta == 0 {
		return nil
	}
	if err := o.keepReserve(ctx); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	if key.Clock == "" {
		key.Clock = pass.ClockUnset
	}
	err := o.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return addTo(ctx, tx, key, delta) })
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	return nil
}

// An open counter has revision 0; counting again in a closed period opens it
// again, so that no single event leaves the station.
func addTo(ctx context.Context, tx *sql.Tx, c wire.Counter, delta uint64) error {
	c.Rev = 0
	row := tx.QueryRowContext(ctx, `SELECT value FROM counters WHERE `+counterKey, counterArgs(c)...)
	if err := row.Scan(&c.Value); err != nil && err != sql.ErrNoRows {
		return fmt.Errorf("read counter: %w", err)
	}
	c.Value += delta
	return putCounter(ctx, tx, c)
}

const counterKey = `period = $1 AND clock = $2 AND place = $3 AND name = $4 AND lesson = $5 AND item = $6 AND outcome = $7`

const (
	counterNames   = `period, clock, place, name, lesson, item, outcome`
	counterColumns = counterNames + `, value, rev, sum`
)

func counterArgs(c wire.Counter) []any {
	return []any{c.Period, c.Clock, c.Place, c.Name, c.Lesson, c.Item, c.Outcome}
}

func counterSum(c wire.Counter) int64 { return sum(append(counterArgs(c), c.Value, c.Rev)...) }

func putCounter(ctx context.Context, tx *sql.Tx, c wire.Counter) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO counters (`+counterColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (period, clock, place, name, lesson, item, outcome)
		DO UPDATE SET value = excluded.value, rev = excluded.rev, sum = excluded.sum`,
		append(counterArgs(c), c.Value, c.Rev, counterSum(c))...)
	if err != nil {
		return fmt.Errorf("write counter: %w", err)
	}
	return nil
}

// ClosePeriods closes every period that is not in open ("2026-03-12/am",
// "2026-03"): its counters get a new revision and may leave. Months close only
// when open names the month that runs: the end of a day ends no month. The
// launcher calls it at its start, when a half-day passes, and with nothing open
// when the mediator ends the day, which also forgets the day's foreign codes.
// It returns how many counters were closed.
func (o *Outbox) ClosePeriods(ctx context.Context, open ...string) (int, error) {
	var n int
	err := o.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		n, err = closeAll(ctx, tx, open)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("close periods: %w", err)
	}
	if len(open) == 0 {
		o.foreign.forget()
	}
	return n, nil
}

func closeAll(ctx context.Context, tx *sql.Tx, open []string) (int, error) {
	m, err := readMeta(ctx, tx)
	if err != nil {
		return 0, err
	}
	counters, err := openCounters(ctx, tx, open)
	if err != nil || len(counters) == 0 {
		return 0, err
	}
	for _, c := range counters {
		m.rev++
		c.Rev = m.rev
		if err := putCounter(ctx, tx, c); err != nil {
			return 0, err
		}
	}
	return len(counters), writeMeta(ctx, tx, m)
}

func openCounters(ctx context.Context, q querier, except []string) ([]wire.Counter, error) {
	where, args := `rev = 0`, make([]any, len(except))
	if !slices.ContainsFunc(except, isMonth) {
		where += ` AND length(period) <> ` + strconv.Itoa(len(monthForm))
	}
	if len(except) > 0 {
		where += ` AND period NOT IN (` + strings.TrimSuffix(strings.Repeat("?,", len(except)), ",") + `)`
	}
	for i, p := range except {
		args[i] = p
	}
	return readCounters(ctx, q, where, args...)
}

const monthForm = "2006-01"

func isMonth(period string) bool { return len(period) == len(monthForm) }

// readCounters returns the rows that match where, in the order of revisions.
func readCounters(ctx context.Context, q querier, where string, args ...any) ([]wire.Counter, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+counterColumns+` FROM counters WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read counters: %w", err)
	}
	defer rows.Close()
	var list []wire.Counter
	for rows.Next() {
		c, err := scanCounter(rows)
		if err != nil {
			return list, fmt.Errorf("read counters: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

func scanCounter(rows *sql.Rows) (wire.Counter, error) {
	var c wire.Counter
	var got int64
	err := rows.Scan(&c.Period, &c.Clock, &c.Place, &c.Name, &c.Lesson, &c.Item, &c.Outcome, &c.Value, &c.Rev, &got)
	if err != nil {
		return wire.Counter{}, err
	}
	if got != counterSum(c) {
		return wire.Counter{}, errDamaged
	}
	return c, nil
}
