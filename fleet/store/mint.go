package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Names of the mint's counters. Those of an issuer end in its number.
const (
	countIssuers    = "issuer"
	countSerials    = "serial/"
	countBatches    = "batch/"
	countKeys       = "key/"
	countCards      = "card"
	countStatements = "statement"
)

const anyTenant = "" // of numbers that are unique on the server

// take draws n numbers of a counter, which starts at 1, and returns the first.
func take(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, name string, n int) (uint64, error) {
	var next uint64
	err := tx.QueryRowContext(ctx, `INSERT INTO mint_counters (tenant, name, next) VALUES ($1, $2, $3)
		ON CONFLICT (tenant, name) DO UPDATE SET next = mint_counters.next + $4 RETURNING next`, tenant, name, 1+n, n).Scan(&next)
	if err != nil {
		return 0, fmt.Errorf("draw number: %w", err)
	}
	return next - uint64(n), nil
}

func ofIssuer(name string, issuer pass.Issuer) string { return fmt.Sprintf("%s%d", name, issuer) }

// made runs do like write and returns what it made. When the caller gave up
// waiting, do may still be running, so nothing of it is looked at.
func made[T any](ctx context.Context, s *Store, do func(context.Context, *sql.Tx) (T, error)) (T, error) {
	var v, none T
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		v, err = do(ctx, tx)
		return err
	})
	if err != nil {
		return none, err
	}
	return v, nil
}

// SkipNumbers raises every counter and document version of the mint. Documents
// count as not published, so that the next publication gives them out.
func (s *Store) SkipNumbers(ctx context.Context, skip mint.Skip) error {
	steps := []struct {
		name string
		by   uint64
	}{
		{countSerials + "%", uint64(skip.Serials)}, {countBatches + "%", uint64(skip.Others)}, {countKeys + "%", uint64(skip.Keys)},
		{countCards, uint64(skip.Others)}, {countStatements, uint64(skip.Others)}, {countIssuers, uint64(skip.Keys)},
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, step := range steps {
			if _, err := tx.ExecContext(ctx, `UPDATE mint_counters SET next = next + $2 WHERE name LIKE $1`, step.name, step.by); err != nil {
				return fmt.Errorf("skip numbers: %w", err)
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE mint_documents SET version = version + $1, published = 0`, skip.Versions)
		return wrap(err, "skip versions")
	})
}

// MintTenants returns every tenant.
func (s *Store) MintTenants(ctx context.Context) ([]wire.Tenant, error) {
	tenants, err := list(ctx, s.r, func(row rowScanner) (t wire.Tenant, err error) {
		err = row.Scan(&t)
		return t, err
	}, `SELECT tenant FROM tenants ORDER BY tenant`)
	return tenants, wrap(err, "list tenants of the mint")
}

// AddIssuer implements mint.Store.
func (s *Store) AddIssuer(ctx context.Context, tenant wire.Tenant, i mint.Issuer) (mint.Issuer, error) {
	return made(ctx, s, func(ctx context.Context, tx *sql.Tx) (mint.Issuer, error) {
		i, err := numbered(ctx, tx, i)
		if err != nil {
			return i, err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO issuers (tenant, issuer, series, name, address) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT DO NOTHING`, tenant, i.ID, i.Series, i.Name, i.Address)
		if err != nil {
			return i, fmt.Errorf("add issuer: %w", err)
		}
		return i, changedOne(res, mint.ErrTaken)
	})
}

// numbered draws an issuer's number and, unless it has one, finds it a free
// series.
func numbered(ctx context.Context, tx *sql.Tx, i mint.Issuer) (mint.Issuer, error) {
	n, err := take(ctx, tx, anyTenant, countIssuers, 1)
	if err != nil {
		return i, err
	}
	if n > math.MaxUint16 {
		return i, fmt.Errorf("number issuer: %w", mint.ErrTaken)
	}
	i.ID = pass.Issuer(n)
	if i.Series == 0 {
		i.Series, err = freeSeries(ctx, tx)
	}
	return i, err
}

// freeSeries returns the lowest series from 10 that nobody has: a number that
// starts with 0 is easily mistyped.
func freeSeries(ctx context.Context, tx *sql.Tx) (uint8, error) {
	taken, err := list(ctx, tx, func(row rowScanner) (n uint8, err error) {
		err = row.Scan(&n)
		return n, err
	}, `SELECT series FROM issuers`)
	if err != nil {
		return 0, fmt.Errorf("find series: %w", err)
	}
	for n := uint8(10); n <= 99; n++ {
		if !slices.Contains(taken, n) {
			return n, nil
		}
	}
	return 0, fmt.Errorf("find series: %w", mint.ErrTaken)
}

const selectIssuer = `SELECT issuer, series, name, address FROM issuers WHERE tenant = $1`

func scanIssuer(row rowScanner) (i mint.Issuer, err error) {
	err = row.Scan(&i.ID, &i.Series, &i.Name, &i.Address)
	return i, err
}

// Issuers implements mint.Store.
func (s *Store) Issuers(ctx context.Context, tenant wire.Tenant) ([]mint.Issuer, error) {
	issuers, err := list(ctx, s.r, scanIssuer, selectIssuer+` ORDER BY issuer`, tenant)
	return issuers, wrap(err, "list issuers")
}

// Issuer implements mint.Store.
func (s *Store) Issuer(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer) (mint.Issuer, error) {
	i, err := scanIssuer(s.r.QueryRowContext(ctx, selectIssuer+` AND issuer = $2`, tenant, issuer))
	return i, unminted(err, "read issuer")
}

// AddMintKey implements mint.Store.
func (s *Store) AddMintKey(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, build func(pass.KeyID) mint.SealedKey) (mint.SealedKey, error) {
	return made(ctx, s, func(ctx context.Context, tx *sql.Tx) (k mint.SealedKey, err error) {
		n, err := take(ctx, tx, tenant, ofIssuer(countKeys, issuer), 1)
		if err != nil {
			return k, err
		}
		if n > 255 {
			return k, fmt.Errorf("add signing key: %w: every number is used", mint.ErrTaken)
		}
		k = build(pass.KeyID(n))
		_, err = tx.ExecContext(ctx, `INSERT INTO mint_keys (tenant, issuer, kid, public, sealed, sign_from, sign_until, verify_until)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, tenant, issuer, k.ID, []byte(k.Public), k.Sealed, uint16(k.SignFrom), uint16(k.SignUntil), uint16(k.VerifyUntil))
		return k, wrap(err, "add signing key")
	})
}

// MintKeys implements mint.Store.
func (s *Store) MintKeys(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer) ([]mint.SealedKey, error) {
	keys, err := list(ctx, s.r, func(row rowScanner) (k mint.SealedKey, err error) {
		var public []byte
		var revoked int
		err = row.Scan(&k.ID, &public, &k.Sealed, &k.SignFrom, &k.SignUntil, &k.VerifyUntil, &revoked)
		k.Public = public
		if on := pass.Day(max(revoked, 0)); revoked >= 0 {
			k.RevokedAt = &on
		}
		return k, err
	}, `SELECT kid, public, sealed, sign_from, sign_until, verify_until, revoked_at FROM mint_keys
		WHERE tenant = $1 AND issuer = $2 ORDER BY kid`, tenant, issuer)
	return keys, wrap(err, "list signing keys")
}

// RevokeMintKey implements mint.Store. A key revoked before keeps its day.
func (s *Store) RevokeMintKey(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, key pass.KeyID, on pass.Day) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE mint_keys SET revoked_at = CASE WHEN revoked_at < 0 THEN $4 ELSE revoked_at END
			WHERE tenant = $1 AND issuer = $2 AND kid = $3`, tenant, issuer, key, uint16(on))
		if err != nil {
			return fmt.Errorf("revoke signing key: %w", err)
		}
		return changedOne(res, mint.ErrUnknown)
	})
}

// changedOne gives none when a statement changed nothing.
func changedOne(res sql.Result, none error) error {
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("count changes: %w", err)
	}
	if n == 0 {
		return none
	}
	return nil
}

// unminted turns the driver's "no rows" into [mint.ErrUnknown].
func unminted(err error, doing string) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = mint.ErrUnknown
	}
	return wrap(err, doing)
}
