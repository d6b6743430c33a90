package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date; each step is one transaction.
func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// ensureEpoch reads the epoch and draws one on the first start.
func ensureEpoch(ctx context.Context, db *sql.DB) (string, error) {
	_, err := db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, "epoch", newEpoch())
	if err != nil {
		return "", fmt.Errorf("draw epoch: %w", err)
	}
	var epoch string
	err = db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, "epoch").Scan(&epoch)
	if err != nil {
		return "", fmt.Errorf("read epoch: %w", err)
	}
	return epoch, nil
}

func (s *Store) setEpoch(ctx context.Context, epoch string) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE meta SET value = $1 WHERE name = $2`, epoch, "epoch")
		return wrap(err, "set epoch")
	})
}

func newEpoch() string { return rand.Text() }
