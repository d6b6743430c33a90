package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Note adds an audit entry of its own, for a change made elsewhere.
func (s *Store) Note(ctx context.Context, tenant wire.Tenant, a registry.Audit) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return addAudit(ctx, tx, tenant, a) })
}

// Audit returns entries, newest first.
func (s *Store) Audit(ctx context.Context, tenant wire.Tenant, offset, limit int) ([]registry.Audit, error) {
	return list(ctx, s.r, func(row rowScanner) (a registry.Audit, err error) {
		var at int64
		err = row.Scan(&at, &a.Who, &a.From, &a.What, &a.Object, &a.Detail)
		a.At = fromMillis(at)
		return a, err
	}, `SELECT at, who, from_, what, object, detail FROM audit WHERE tenant = $1 ORDER BY id DESC LIMIT $2 OFFSET $3`,
		tenant, limit, offset)
}

// addAudit writes an entry and drops those over a year old.
func addAudit(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, a registry.Audit) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit (tenant, id, at, who, from_, what, object, detail)
		SELECT $1, COALESCE(MAX(id), 0) + 1, $2, $3, $4, $5, $6, $7 FROM audit WHERE tenant = $1`,
		tenant, millis(a.At), a.Who, a.From, a.What, a.Object, a.Detail)
	if err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM audit WHERE tenant = $1 AND at < $2`, tenant, millis(a.At.Add(-registry.AuditLife)))
	if err != nil {
		return fmt.Errorf("prune audit: %w", err)
	}
	return nil
}
