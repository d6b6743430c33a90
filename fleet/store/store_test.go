package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/mallette-kit/mallette/fleet/store"
)

func create(t *testing.T, options ...store.Option) *store.Store {
	t.Helper()
	s, err := store.Create(t.Context(), t.TempDir(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestCreateRefusesADirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Create(t.Context(), dir); !errors.Is(err, store.ErrExists) {
		t.Errorf("second Create() = %v; want %v", err, store.ErrExists)
	}
	if _, err := store.Open(t.Context(), dir); !errors.Is(err, store.ErrInUse) {
		t.Errorf("Open() of an open store = %v; want %v", err, store.ErrInUse)
	}
	epoch := s.Epoch()
	s.Close()
	again, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Epoch() != epoch || epoch == "" {
		t.Errorf("Epoch() after reopening = %q; want %q", again.Epoch(), epoch)
	}
}

func TestOpenRefusesAnEmptyDirectory(t *testing.T) {
	dir := t.TempDir()
	if _, err := store.Open(t.Context(), dir); !errors.Is(err, store.ErrEmpty) {
		t.Errorf("Open(empty) = %v; want %v", err, store.ErrEmpty)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 0 {
		t.Errorf("Open(empty) left %v; want nothing", files)
	}
	if _, err := store.Open(t.Context(), filepath.Join(dir, "absent")); !errors.Is(err, store.ErrEmpty) {
		t.Errorf("Open(absent) = %v; want %v", err, store.ErrEmpty)
	}
	if _, err := os.Stat(filepath.Join(dir, "absent")); err == nil {
		t.Error("Open(absent) made the directory")
	}
}

func TestAStoreWhoseCreationWasCutShortIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fleet.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Open(t.Context(), dir); !errors.Is(err, store.ErrEmpty) {
		if err == nil {
			s.Close()
		}
		t.Errorf("Open(empty file) = %v; want %v", err, store.ErrEmpty)
	}
}

func TestOthersCannotReadTheDatabase(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, name := range []string{"fleet.db", "fleet.db-wal"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode of %s = %v, %v; want 0600", name, info.Mode(), err)
		}
	}
}

func addMeta(name string) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2)`, name, "x")
		return err
	}
}

func TestAFailedChangeUndoesOnlyItself(t *testing.T) {
	s := create(t)
	mine := errors.New("mine")
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			err := s.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				if err := addMeta(string(rune(0x4e00+i)))(ctx, tx); err != nil {
					return err
				}
				if i%3 == 0 {
					return mine
				}
				return nil
			})
			if got, want := errors.Is(err, mine), i%3 == 0; got != want {
				t.Errorf("change %d failed = %v (%v); want %v", i, got, err, want)
			}
		})
	}
	wg.Wait()
	if got, want := s.CountMeta(t), 200-67+1; got != want {
		t.Errorf("rows = %d; want %d", got, want)
	}
}

func TestACommitErrorReachesEveryCaller(t *testing.T) {
	broken := errors.New("disk broken")
	fail := true
	s := create(t, store.WithCommitFault(func() error {
		if fail {
			return broken
		}
		return nil
	}))
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if err := s.Write(t.Context(), addMeta(string(rune('A'+i)))); !errors.Is(err, broken) {
				t.Errorf("write %d = %v; want %v", i, err, broken)
			}
		})
	}
	wg.Wait()
	fail = false
	if err := s.Write(t.Context(), addMeta("A")); err != nil {
		t.Errorf("write after the fault = %v; want nil", err)
	}
	if got := s.CountMeta(t); got != 2 {
		t.Errorf("rows = %d; want 2 (epoch and A)", got)
	}
}

func TestAFullDiskIsAnErrorAndNotTheEnd(t *testing.T) {
	s := create(t, store.WithMaxPages(400))
	filling := func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('big', hex(zeroblob(4000000)))`)
		return err
	}
	if err := s.Write(t.Context(), filling); err == nil {
		t.Fatal("write over the limit = nil; want an error")
	}
	if err := s.Write(t.Context(), addMeta("small")); err != nil {
		t.Errorf("small write after a full disk = %v; want nil", err)
	}
}

func TestDeadlines(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := create(t, store.WithCommitFault(func() error {
		entered <- struct{}{}
		<-leave
		return nil
	}))
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- s.Write(ctx, addMeta("first")) }()
	<-entered
	queued, cancelQueued := context.WithCancel(t.Context())
	go func() { second <- s.Write(queued, addMeta("second")) }()
	cancelQueued()
	if err := <-second; !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrUnknown) {
		t.Errorf("write given up in the queue = %v; want only %v", err, context.Canceled)
	}
	cancel()
	if err := <-first; !errors.Is(err, store.ErrUnknown) {
		t.Errorf("write given up while committing = %v; want %v", err, store.ErrUnknown)
	}
	go func() {
		for range entered {
		}
	}()
	close(leave)
	s.Close()
	close(entered)
}

func TestCloseRefusesWhatWaits(t *testing.T) {
	s := create(t)
	s.Close()
	if err := s.Write(t.Context(), addMeta("late")); !errors.Is(err, store.ErrClosed) {
		t.Errorf("write after Close = %v; want %v", err, store.ErrClosed)
	}
}
