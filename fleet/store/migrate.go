package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
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

// drawEpoch gives a new store its epoch.
func drawEpoch(ctx context.Context, db *sql.DB) (string, error) {
	epoch := newEpoch()
	_, err := db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2)`, "epoch", epoch)
	return epoch, wrap(err, "draw epoch")
}

// readEpoch fails with [ErrEmpty] on a store whose creation was cut short.
func readEpoch(ctx context.Context, db *sql.DB) (epoch string, err error) {
	err = db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, "epoch").Scan(&epoch)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrEmpty
	}
	return epoch, wrap(err, "read epoch")
}

func (s *Store) setEpoch(ctx context.Context, epoch string) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE meta SET value = $1 WHERE name = $2`, epoch, "epoch")
		return wrap(err, "set epoch")
	})
}

func newEpoch() string { return rand.Text() }
