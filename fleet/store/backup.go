package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a copy of the database in dir, as it is at one moment, to a
// new file. The store may be open in another process and goes on working.
func Backup(ctx context.Context, dir, file string) error {
	if !exists(dir) {
		return fmt.Errorf("back up store: %w", ErrEmpty)
	}
	db, err := connect(filepath.Join(dir, fileName), setting{}, 1)
	if err != nil {
		return fmt.Errorf("back up store: %w", err)
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO $1`, file)
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("back up store: %w", err)
	}
	return nil
}

// Restored opens the store in dir, whose file is a backup that was just put
// there, and begins a new epoch: stations send again what the backup lacks.
func Restored(ctx context.Context, dir string, options ...Option) (*Store, error) {
	s, err := Open(ctx, dir, options...)
	if err != nil {
		return nil, err
	}
	if err := s.renew(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("restore store: %w", err), s.Close())
	}
	return s, nil
}

// renew checks the file and draws an epoch.
func (s *Store) renew(ctx context.Context) error {
	var verdict string
	if err := s.r.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return fmt.Errorf("check integrity: %w", err)
	}
	if verdict != "ok" {
		return errors.New("check integrity: file is damaged")
	}
	epoch := newEpoch()
	if err := s.setEpoch(ctx, epoch); err != nil {
		return err
	}
	s.epoch = epoch
	return nil
}

// Size returns the bytes that the database takes on the disk.
func (s *Store) Size() (bytes int64) {
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(s.path + suffix); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}
