package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// SaveBoots implements [intake.Store]. What a station says last about a boot
// stands: it is said with the best clock it ever had.
func (s *Store) SaveBoots(ctx context.Context, tenant wire.Tenant, id wire.Station, boots []wire.BootTime) (dated bool, err error) {
	if len(boots) == 0 {
		return false, nil
	}
	return made(ctx, s, func(ctx context.Context, tx *sql.Tx) (dated bool, err error) {
		for _, b := range boots {
			n, err := saveBoot(ctx, tx, tenant, id, b)
			if err != nil {
				return false, err
			}
			dated = dated || n > 0
		}
		return dated, nil
	})
}

func saveBoot(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, id wire.Station, b wire.BootTime) (dated int64, err error) {
	_, err = tx.ExecContext(ctx, `INSERT INTO boots (tenant, station, boot, mono, wall, clock) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, station, boot) DO UPDATE SET mono = excluded.mono, wall = excluded.wall, clock = excluded.clock`,
		tenant, id, b.Boot, b.Mono, millis(b.Wall), b.Clock)
	if err != nil {
		return 0, fmt.Errorf("save boot: %w", err)
	}
	return dateBoot(ctx, tx, tenant, id, b)
}

// dateBoot dates the validations of a boot that were made without a clock;
// settlement looks at their passes again.
func dateBoot(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, id wire.Station, b wire.BootTime) (int64, error) {
	if b.Clock == pass.ClockUnset || b.Clock == "" || b.Wall.IsZero() {
		return 0, nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO unsettled (tenant, issuer, serial)
		SELECT DISTINCT tenant, issuer, serial FROM validations
		WHERE tenant = $1 AND station = $2 AND boot = $3 AND at = 0 AND issuer > 0
		ON CONFLICT (tenant, issuer, serial) DO NOTHING`, tenant, id, b.Boot)
	if err != nil {
		return 0, fmt.Errorf("date boot: %w", err)
	}
	res, err := tx.ExecContext(ctx, `UPDATE validations SET at = $4 + mono, clock = $5
		WHERE tenant = $1 AND station = $2 AND boot = $3 AND at = 0`, tenant, id, b.Boot, millis(b.Wall)-b.Mono, b.Clock)
	if err != nil {
		return 0, fmt.Errorf("date boot: %w", err)
	}
	return res.RowsAffected()
}

// dateLate dates what was judged before its boot had a date, which came
// before the verdict was stored.
func dateLate(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, id wire.Station, boot string) error {
	b := wire.BootTime{Boot: boot}
	var wall int64
	err := tx.QueryRowContext(ctx, `SELECT mono, wall, clock FROM boots WHERE tenant = $1 AND station = $2 AND boot = $3`, tenant, id, boot).
		Scan(&b.Mono, &wall, &b.Clock)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("date record: %w", err)
	}
	b.Wall = fromMillis(wall)
	_, err = dateBoot(ctx, tx, tenant, id, b)
	return err
}

// Boots returns when boots of a station began, by boot id.
func (s *Store) Boots(ctx context.Context, tenant wire.Tenant, id wire.Station) (map[string]wire.BootTime, error) {
	boots, err := list(ctx, s.r, func(row rowScanner) (b wire.BootTime, err error) {
		var wall int64
		err = row.Scan(&b.Boot, &b.Mono, &wall, &b.Clock)
		b.Wall = fromMillis(wall)
		return b, err
	}, `SELECT boot, mono, wall, clock FROM boots WHERE tenant = $1 AND station = $2`, tenant, id)
	if err != nil {
		return nil, fmt.Errorf("read boots: %w", err)
	}
	byID := make(map[string]wire.BootTime, len(boots))
	for _, b := range boots {
		byID[b.Boot] = b
	}
	return byID, nil
}
