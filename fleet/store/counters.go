package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const upsertCounter = `INSERT INTO counters (tenant, station, log, period, place, name, lesson, item, outcome, clock, value, rev, received_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
	ON CONFLICT (tenant, station, log, period, clock, place, name, lesson, item, outcome) DO UPDATE
	SET value = excluded.value, rev = excluded.rev, received_at = excluded.received_at
	WHERE excluded.value > counters.value`

const updateRevision = `UPDATE logs SET counter_rev = $4 WHERE tenant = $1 AND station = $2 AND log = $3 AND counter_rev < $4`

// AddCounters implements [intake.Store].
func (s *Store) AddCounters(ctx context.Context, tenant wire.Tenant, id wire.Station, incarnation uint32, m wire.Counters) error {
	log := intake.Log{Tenant: tenant, Station: id, ID: m.Log}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := s.openLog(ctx, tx, log, incarnation); err != nil {
			return err
		}
		var rev uint64
		for _, c := range m.Counters {
			_, err := s.exec(ctx, tx, upsertCounter, tenant, id, m.Log.String(), c.Period, c.Place, c.Name, c.Lesson, c.Item, c.Outcome,
				c.Clock, c.Value, c.Rev, s.now().UnixMilli())
			if err != nil {
				return fmt.Errorf("add counter: %w", err)
			}
			rev = max(rev, c.Rev)
		}
		_, err := s.exec(ctx, tx, updateRevision, tenant, id, m.Log.String(), rev)
		return wrap(err, "note counter revision")
	})
}

// SaveProgress implements [intake.Store].
func (s *Store) SaveProgress(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.Progress, at time.Time) error {
	receipt, err := encodeReceipt(m.Receipt)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO progress (tenant, station, job, status, detail, at, reason, receipt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (tenant, station, job) DO UPDATE SET status = excluded.status, detail = excluded.detail, at = excluded.at,
				reason = excluded.reason, receipt = CASE WHEN excluded.receipt = '' THEN progress.receipt ELSE excluded.receipt END`,
			tenant, id, m.ID, m.Status, m.Detail, millis(at), m.Reason, receipt)
		if err != nil || m.Status == "accepted" || m.Status == "running" {
			return wrap(err, "save progress")
		}
		_, err = tx.ExecContext(ctx, `UPDATE jobs SET token = '' WHERE tenant = $1 AND station = $2 AND job = $3`, tenant, id, m.ID)
		return wrap(err, "forget token of job")
	})
}

// Samples returns a station's health samples since a time, oldest first, as
// the JSON that it sent.
func (s *Store) Samples(ctx context.Context, tenant wire.Tenant, id wire.Station, since time.Time) ([]registry.Sample, error) {
	return list(ctx, s.r, func(row rowScanner) (v registry.Sample, err error) {
		var at int64
		var body string
		if err := row.Scan(&at, &body); err != nil {
			return v, err
		}
		v.At = fromMillis(at)
		return v, unmarshal(body, &v.Telemetry)
	}, `SELECT at, sample FROM telemetry WHERE tenant = $1 AND station = $2 AND at >= $3 ORDER BY at LIMIT 30000`, tenant, id, millis(since))
}

// ForgetSamples drops health samples older than before.
func (s *Store) ForgetSamples(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM telemetry WHERE at < $1`, millis(before))
		return wrap(err, "forget samples")
	})
}
