package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// ForgetUsage drops usage of periods that were over before a time, and what
// was counted without a date and received before it.
func (s *Store) ForgetUsage(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM counters WHERE (period <> '' AND period < $1) OR (period = '' AND received_at < $2)`,
			before.UTC().Format("2006-01"), millis(before))
		return wrap(err, "forget usage")
	})
}

// ForgetStations unties old validations from the station that made them: what
// became of a pass stays for the accounts, the station, log, boot and card do
// not, nor does the signed evidence. A pass is old when all that is known of it
// came before then and is no longer owed, and its statement was closed before
// then. At most limit passes are done; the number done is returned.
func (s *Store) ForgetStations(ctx context.Context, before time.Time, limit int) (int, error) {
	return made(ctx, s, func(ctx context.Context, tx *sql.Tx) (int, error) {
		passes, err := oldPasses(ctx, tx, before, limit)
		if err != nil {
			return 0, fmt.Errorf("list old passes: %w", err)
		}
		for _, p := range passes {
			if err := untie(ctx, tx, p); err != nil {
				return 0, err
			}
		}
		return len(passes), nil
	})
}

// oldPass is a pass, or a foreign code, with nothing left to do about it.
type oldPass struct {
	tenant wire.Tenant
	issuer pass.Issuer
	serial pass.Serial
	mac    string
}

// samePass joins the events of one pass, or of one foreign code.
const samePass = `e.tenant = v.tenant AND e.issuer = v.issuer AND e.serial = v.serial AND e.foreign_mac = v.foreign_mac`

func oldPasses(ctx context.Context, tx *sql.Tx, before time.Time, limit int) ([]oldPass, error) {
	return list(ctx, tx, func(row rowScanner) (p oldPass, err error) {
		err = row.Scan(&p.tenant, &p.issuer, &p.serial, &p.mac)
		return p, err
	}, `SELECT DISTINCT v.tenant, v.issuer, v.serial, v.foreign_mac FROM validations v
		WHERE v.station <> '' AND v.received_at < $1
		AND NOT EXISTS (SELECT 1 FROM validations e LEFT JOIN statements s ON s.tenant = e.tenant AND s.number = e.statement
			WHERE `+samePass+` AND (e.received_at >= $1 OR s.closed_at >= $1 OR (e.issuer > 0 AND e.statement = 0 AND e.state IN ($2, $3))))
		AND NOT EXISTS (SELECT 1 FROM unsettled u WHERE u.tenant = v.tenant AND u.issuer = v.issuer AND u.serial = v.serial)
		LIMIT $4`, millis(before), mint.Received, mint.Provisional, limit)
}

// untie gives the events of a pass logs that nothing else bears. Events that
// shared a log still share one, so that a cancellation finds its validation.
func untie(ctx context.Context, tx *sql.Tx, p oldPass) error {
	type origin struct{ station, log string }
	origins, err := list(ctx, tx, func(row rowScanner) (o origin, err error) {
		err = row.Scan(&o.station, &o.log)
		return o, err
	}, `SELECT DISTINCT station, log FROM validations WHERE tenant = $1 AND issuer = $2 AND serial = $3 AND foreign_mac = $4 AND station <> ''`,
		p.tenant, p.issuer, p.serial, p.mac)
	if err != nil {
		return fmt.Errorf("list logs of a pass: %w", err)
	}
	for _, o := range origins {
		if err := untieLog(ctx, tx, p, o.station, o.log); err != nil {
			return err
		}
	}
	return nil
}

func untieLog(ctx context.Context, tx *sql.Tx, p oldPass, station, log string) error {
	mine := ` WHERE tenant = $1 AND issuer = $2 AND serial = $3 AND foreign_mac = $4 AND station = $5 AND log = $6`
	args := []any{p.tenant, p.issuer, p.serial, p.mac, station, log}
	_, err := tx.ExecContext(ctx, `DELETE FROM evidence WHERE tenant = $1 AND station = $5 AND log = $6
		AND seq IN (SELECT seq FROM validations`+mine+`)`, args...)
	if err != nil {
		return fmt.Errorf("drop evidence: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE validations SET station = '', log = $7, boot = '', mono = 0, card = 0,
		cancels_log = CASE WHEN cancels_log = $6 THEN $7 ELSE '' END`+mine, append(args, pass.NewLogID().String())...)
	return wrap(err, "untie validation")
}
