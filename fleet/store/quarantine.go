package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// maxQuarantined is how many things of one station are kept; the oldest go
// first, so that a hostile station cannot fill the disk this way.
const maxQuarantined = 1000

// Quarantine implements [intake.Store].
func (s *Store) Quarantine(ctx context.Context, q intake.Quarantined) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.quarantine(ctx, tx, q) })
}

// quarantine keeps q once, however often it comes, and raises its alarm.
func (s *Store) quarantine(ctx context.Context, tx *sql.Tx, q intake.Quarantined) error {
	sum := sha256.Sum256(append([]byte(string(q.Kind)+"\x00"+string(q.Alarm)+"\x00"), q.Payload...))
	if q.Payload == nil {
		q.Payload = []byte{} // an empty message is something too; nil would be NULL
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO quarantine (tenant, station, id, kind, reason, log, seq, payload, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, station, id) DO NOTHING`,
		q.Tenant, q.Station, hex.EncodeToString(sum[:16]), q.Kind, q.Alarm, q.Log.String(), q.Seq, q.Payload, s.now().UnixMilli())
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	if err := bound(ctx, tx, q.Tenant, q.Station); err != nil {
		return err
	}
	return s.raise(ctx, tx, intake.Log{Tenant: q.Tenant, Station: q.Station, ID: q.Log}, q.Seq, q.Alarm)
}

// bound drops the oldest of what is kept of a station once there is too much.
func bound(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, id wire.Station) error {
	var kept int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM quarantine WHERE tenant = $1 AND station = $2`, tenant, id).Scan(&kept)
	if err != nil || kept <= maxQuarantined {
		return wrap(err, "count quarantine")
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM quarantine WHERE tenant = $1 AND station = $2 AND id IN
		(SELECT id FROM quarantine WHERE tenant = $1 AND station = $2 ORDER BY received_at, id LIMIT $3)`,
		tenant, id, kept-maxQuarantined)
	return wrap(err, "bound quarantine")
}

// raise notes an alarm; one that stands already is only renewed.
func (s *Store) raise(ctx context.Context, tx *sql.Tx, log intake.Log, seq uint64, kind intake.Alarm) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO alarms (tenant, station, kind, log, seq, raised_at, last_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
		ON CONFLICT (tenant, station, kind, log, seq) DO UPDATE SET last_at = excluded.last_at, cleared_at = 0`,
		log.Tenant, log.Station, kind, log.ID.String(), seq, s.now().UnixMilli())
	return wrap(err, "raise alarm")
}

func clearAlarm(ctx context.Context, tx *sql.Tx, log intake.Log, kind intake.Alarm, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE alarms SET cleared_at = $5 WHERE tenant = $1 AND station = $2 AND kind = $3 AND log = $4 AND cleared_at = 0`,
		log.Tenant, log.Station, kind, log.ID.String(), millis(now))
	return wrap(err, "clear alarm")
}

// Alarm is one cause for a person to look at a station.
type Alarm struct {
	Station wire.Station
	Kind    intake.Alarm
	Log     pass.LogID
	Seq     uint64
	Raised  time.Time
	Last    time.Time
	Cleared time.Time // zero while the cause stands
}

// Alarms returns a tenant's alarms, newest first: those that stand, or all.
func (s *Store) Alarms(ctx context.Context, tenant wire.Tenant, all bool) ([]Alarm, error) {
	return list(ctx, s.r, func(row rowScanner) (a Alarm, err error) {
		var log string
		var raised, last, cleared int64
		if err := row.Scan(&a.Station, &a.Kind, &log, &a.Seq, &raised, &last, &cleared); err != nil {
			return a, err
		}
		a.Raised, a.Last, a.Cleared = fromMillis(raised), fromMillis(last), fromMillis(cleared)
		a.Log, err = pass.ParseLogID(log)
		return a, err
	}, `SELECT station, kind, log, seq, raised_at, last_at, cleared_at FROM alarms
		WHERE tenant = $1 AND (cleared_at = 0 OR $2 = 1) ORDER BY last_at DESC, station, kind, seq LIMIT 1000`, tenant, flag(all))
}

// Dismiss clears the alarms of one kind of a station: a person has looked.
func (s *Store) Dismiss(ctx context.Context, tenant wire.Tenant, id wire.Station, kind intake.Alarm) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE alarms SET cleared_at = $4 WHERE tenant = $1 AND station = $2 AND kind = $3 AND cleared_at = 0`,
			tenant, id, kind, s.now().UnixMilli())
		return wrap(err, "dismiss alarm")
	})
}

// Quarantined counts what is kept of a station and not believed.
func (s *Store) Quarantined(ctx context.Context, tenant wire.Tenant, id wire.Station) (n int, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM quarantine WHERE tenant = $1 AND station = $2`, tenant, id).Scan(&n)
	return n, wrap(err, "count quarantine")
}
