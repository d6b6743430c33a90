package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Tenant is an operator whose stations, passes and people live on this server.
type Tenant struct {
	ID      wire.Tenant
	Name    string
	Created time.Time
}

// AddTenant records an operator. It fails with [ErrExists] when the id is taken.
func (s *Store) AddTenant(ctx context.Context, id wire.Tenant, name string) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx,
			`INSERT INTO tenants (tenant, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (tenant) DO NOTHING`,
			id, name, s.now().UnixMilli())
		if err != nil {
			return fmt.Errorf("add tenant: %w", err)
		}
		return onlyOnce(res, "add tenant")
	})
}

// Tenants returns every operator by id.
func (s *Store) Tenants(ctx context.Context) ([]Tenant, error) {
	rows, err := s.r.QueryContext(ctx, `SELECT tenant, name, created_at FROM tenants ORDER BY tenant`)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	return readAll(rows, func(row *sql.Rows) (t Tenant, err error) {
		var created int64
		err = row.Scan(&t.ID, &t.Name, &created)
		t.Created = instant(created)
		return t, err
	})
}

// onlyOnce turns an insert that changed nothing into [ErrExists].
func onlyOnce(res sql.Result, doing string) error {
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", doing, ErrExists)
	}
	return nil
}
