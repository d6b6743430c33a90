// Package store keeps everything the fleet knows and is the only package that
// speaks SQL: evidence received from stations, what was believed of it, and
// the registers of the other steps, one file of this package per topic.
//
// A Store has one writer. Callers hand it small changes; those that wait
// together are committed together with one sync to the disk (see write). A
// change that returned nil has survived a power cut. Reads go through a pool
// and see committed data only.
//
// Queries are written for any SQL database ($1 parameters, the tenant in
// every key, milliseconds since 1970 for time); what belongs to SQLite alone
// is in sqlite.go and backup.go. The package never decides what is believed
// and never logs a row.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// ErrExists says that the directory already holds a fleet's data.
var ErrExists = errors.New("directory already holds a fleet's data")

// ErrEmpty says that the directory holds no fleet's data: not initialised, or
// a volume that is not mounted.
var ErrEmpty = errors.New("directory holds no fleet's data")

// ErrInUse says that another process has the store open.
var ErrInUse = errors.New("store is open in another process")

// ErrClosed says that the store was closed before the change was made.
var ErrClosed = errors.New("store is closed")

// ErrNotFound says that there is no such row.
var ErrNotFound = errors.New("not found in store")

const fileName = "fleet.db"

// Store is a fleet's database. It is safe for concurrent use. The caller who
// created or opened it closes it.
type Store struct {
	r      *sql.DB
	w      *writer
	unlock func() error
	path   string
	epoch  string
	now    func() time.Time
}

// Create makes a new store with a new epoch in dir, which it makes too when it
// is missing. It fails with [ErrExists] when dir already holds one.
func Create(ctx context.Context, dir string, options ...Option) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create store: %w", err)
	}
	if exists(dir) {
		return nil, fmt.Errorf("create store: %w", ErrExists)
	}
	if err := private(filepath.Join(dir, fileName)); err != nil {
		return nil, fmt.Errorf("create store: %w", err)
	}
	s, err := open(ctx, dir, options, drawEpoch)
	if err != nil {
		return nil, fmt.Errorf("create store: %w", err)
	}
	if err := durable.SyncDir(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("create store: %w", err), s.Close())
	}
	return s, nil
}

// Open opens the store in dir and brings its tables up to date. It fails with
// [ErrEmpty] when dir holds none and with [ErrInUse] when another process has
// it open.
func Open(ctx context.Context, dir string, options ...Option) (*Store, error) {
	if !exists(dir) {
		return nil, fmt.Errorf("open store: %w", ErrEmpty)
	}
	s, err := open(ctx, dir, options, readEpoch)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

// epochSource draws the epoch of a new store or reads that of an old one.
type epochSource func(context.Context, *sql.DB) (string, error)

func open(ctx context.Context, dir string, options []Option, epoch epochSource) (*Store, error) {
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	s, err := openFile(ctx, filepath.Join(dir, fileName), settings(options), epoch)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	s.unlock = unlock
	return s, nil
}

func openFile(ctx context.Context, path string, set setting, source epochSource) (*Store, error) {
	db, err := connect(path, set, 1)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	epoch, err := source(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w, err := startWriter(ctx, db, set.beforeCommit)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	r, err := connect(path, set, readers)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return &Store{r: r, w: w, path: path, epoch: epoch, now: set.now, unlock: func() error { return nil }}, nil
}

// Close waits for the group of changes under way, refuses those that wait
// with [ErrClosed] and closes the files.
func (s *Store) Close() error {
	return errors.Join(s.w.close(), s.r.Close(), s.unlock())
}

// Epoch names this line of history. It changes when a backup is restored, so
// that stations send again what the backup did not have.
func (s *Store) Epoch() string { return s.epoch }

// Ping reads one row, to show that the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var epoch string
	err := s.r.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, "epoch").Scan(&epoch)
	if err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	return nil
}

// private makes an empty file that only its owner can read; the database's
// journals take its mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, fileName))
	return err == nil
}
