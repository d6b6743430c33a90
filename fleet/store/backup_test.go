package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/fleet/store"
)

func TestABackupOfARunningStoreBeginsANewEpoch(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Write(t.Context(), addMeta("before")); err != nil {
		t.Fatal(err)
	}
	again := t.TempDir()
	if err := store.Backup(t.Context(), dir, filepath.Join(again, "fleet.db")); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), addMeta("after")); err != nil {
		t.Fatal(err)
	}
	r, err := store.Restored(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := r.CountMeta(t); got != 2 {
		t.Errorf("rows of the backup = %d; want 2 (epoch and before)", got)
	}
	if r.Epoch() == s.Epoch() || r.Epoch() == "" {
		t.Errorf("Epoch() after restore = %q; want another than %q", r.Epoch(), s.Epoch())
	}
}

func TestADamagedBackupIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fleet.db"), []byte("not a database, but long enough to look at"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Restored(t.Context(), dir); err == nil {
		s.Close()
		t.Error("Restored(damaged) = nil; want an error")
	}
}

func TestNothingToBackUp(t *testing.T) {
	err := store.Backup(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "x"))
	if !errors.Is(err, store.ErrEmpty) {
		t.Errorf("Backup(empty) = %v; want %v", err, store.ErrEmpty)
	}
}
