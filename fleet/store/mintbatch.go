package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// AddBatch implements mint.Store.
func (s *Store) AddBatch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, size int, build func(pass.Batch, pass.Serial) (mint.Batch, error)) (mint.Batch, error) {
	return made(ctx, s, func(ctx context.Context, tx *sql.Tx) (b mint.Batch, err error) {
		n, err := take(ctx, tx, tenant, ofIssuer(countBatches, issuer), 1)
		if err != nil {
			return b, err
		}
		first, err := take(ctx, tx, tenant, ofIssuer(countSerials, issuer), size)
		if err != nil {
			return b, err
		}
		if n > uint64(pass.MaxBatch) || first+uint64(size) > 1<<32 {
			return b, fmt.Errorf("add batch: %w: the series is used up", mint.ErrTaken)
		}
		if b, err = build(pass.Batch(n), pass.Serial(first)); err != nil {
			return b, err
		}
		return b, insertBatch(ctx, tx, tenant, b)
	})
}

func insertBatch(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, b mint.Batch) error {
	m := b.Manifest
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("add batch: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO batches (tenant, issuer, batch, manifest, commanditaire, face_value, year, use_until,
		tolerance_until, present_by, carnet_size, first_serial, last_serial, hand_over, specimen, revoked, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		tenant, m.Issuer, m.Batch, string(text), m.Commanditaire, m.FaceValue, m.Year, uint16(m.UseUntil), uint16(m.ToleranceUntil), uint16(m.PresentBy),
		m.CarnetSize, m.First, m.Last, flag(b.HandOver), flag(m.Specimen), flag(m.Revoked), millis(b.Created))
	return wrap(err, "add batch")
}

const selectBatch = `SELECT manifest, hand_over, created_at FROM batches WHERE tenant = $1`

func scanBatch(row rowScanner) (b mint.Batch, err error) {
	var text string
	var created int64
	if err := row.Scan(&text, &b.HandOver, &created); err != nil {
		return b, err
	}
	b.Created = fromMillis(created)
	return b, json.Unmarshal([]byte(text), &b.Manifest)
}

// Batches implements mint.Store.
func (s *Store) Batches(ctx context.Context, tenant wire.Tenant) ([]mint.Batch, error) {
	batches, err := list(ctx, s.r, scanBatch, selectBatch+` ORDER BY issuer, batch`, tenant)
	return batches, wrap(err, "list batches")
}

// Batch implements mint.Store.
func (s *Store) Batch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) (mint.Batch, error) {
	return readBatch(ctx, s.r, tenant, issuer, batch)
}

func readBatch(ctx context.Context, q querier, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) (mint.Batch, error) {
	b, err := scanBatch(q.QueryRowContext(ctx, selectBatch+` AND issuer = $2 AND batch = $3`, tenant, issuer, batch))
	return b, unminted(err, "read batch")
}

// ChangeBatch implements mint.Store.
func (s *Store) ChangeBatch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, change func(*mint.Batch) error) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		b, err := readBatch(ctx, tx, tenant, issuer, batch)
		if err != nil {
			return err
		}
		if err := change(&b); err != nil {
			return err
		}
		if err := updateBatch(ctx, tx, tenant, b); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO unsettled (tenant, issuer, serial)
			SELECT DISTINCT tenant, issuer, serial FROM validations WHERE tenant = $1 AND issuer = $2 AND batch = $3
			ON CONFLICT (tenant, issuer, serial) DO NOTHING`, tenant, issuer, batch)
		return wrap(err, "look at passes again")
	})
}

func updateBatch(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, b mint.Batch) error {
	m := b.Manifest
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("change batch: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE batches SET manifest = $4, commanditaire = $5, face_value = $6, year = $7, use_until = $8,
		tolerance_until = $9, present_by = $10, hand_over = $11, specimen = $12, revoked = $13 WHERE tenant = $1 AND issuer = $2 AND batch = $3`,
		tenant, m.Issuer, m.Batch, string(text), m.Commanditaire, m.FaceValue, m.Year, uint16(m.UseUntil), uint16(m.ToleranceUntil),
		uint16(m.PresentBy), flag(b.HandOver), flag(m.Specimen), flag(m.Revoked))
	return wrap(err, "change batch")
}

const selectCarnet = `SELECT carnet, state, holder, revoked, changed_at FROM carnets WHERE tenant = $1 AND issuer = $2 AND batch = $3`

func scanCarnet(row rowScanner) (c mint.Carnet, err error) {
	var changed int64
	err = row.Scan(&c.Number, &c.State, &c.Holder, &c.Revoked, &changed)
	c.Changed = fromMillis(changed)
	return c, err
}

// MintCarnets implements mint.Store.
func (s *Store) MintCarnets(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) ([]mint.Carnet, error) {
	carnets, err := list(ctx, s.r, scanCarnet, selectCarnet+` ORDER BY carnet`, tenant, issuer, batch)
	return carnets, wrap(err, "list carnets")
}

// ChangeCarnet implements mint.Store.
func (s *Store) ChangeCarnet(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, carnet int, change func(*mint.Carnet) error) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		found, err := list(ctx, tx, scanCarnet, selectCarnet+` AND carnet = $4`, tenant, issuer, batch, carnet)
		if err != nil {
			return fmt.Errorf("read carnet: %w", err)
		}
		c := mint.Carnet{Number: carnet, State: mint.Issued}
		if len(found) > 0 {
			c = found[0]
		}
		if err := change(&c); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO carnets (tenant, issuer, batch, carnet, state, holder, revoked, changed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, issuer, batch, carnet)
			DO UPDATE SET state = excluded.state, holder = excluded.holder, revoked = excluded.revoked, changed_at = excluded.changed_at`,
			tenant, issuer, batch, carnet, c.State, c.Holder, flag(c.Revoked), millis(c.Changed))
		return wrap(err, "change carnet")
	})
}

// Redeemed implements mint.Store.
func (s *Store) Redeemed(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) ([]pass.Serial, error) {
	serials, err := list(ctx, s.r, func(row rowScanner) (n pass.Serial, err error) {
		err = row.Scan(&n)
		return n, err
	}, `SELECT DISTINCT serial FROM validations WHERE tenant = $1 AND issuer = $2 AND batch = $3 AND kind = $4
		AND state <> $5 AND state <> $6 ORDER BY serial`, tenant, issuer, batch, pass.Validation, mint.Cancelled, mint.Rejected)
	return serials, wrap(err, "list used passes")
}
