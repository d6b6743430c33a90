// Package journal keeps the journals that stations send: what their programs
// said, asked for by a technician or of a start that failed.
//
// A station writes under its own name alone, a few files of a few megabytes,
// each for a month; what a stolen one could send is bounded and read by people
// only. Journals are in files, not in the database: losing them loses nothing
// that anybody is owed. The package never decides who may read them.
package journal

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// What is kept.
const (
	Life     = 30 * 24 * time.Hour
	perPlace = 6       // journals of one station
	maxAll   = 2 << 30 // bytes of all stations
)

// ErrNone says that there is no such journal.
var ErrNone = errors.New("no such journal")

// Shelf is a folder of journals. It is safe for concurrent use.
type Shelf struct {
	Dir string
	Now func() time.Time
}

// Entry is a journal that is kept.
type Entry struct {
	Name string // the job's id, or wire.TrialJournal
	At   time.Time
	Size int64 // bytes, packed
}

const suffix = ".jsonl.gz"

func (s Shelf) folder(tenant wire.Tenant, id wire.Station) string {
	return filepath.Join(s.Dir, string(tenant), string(id))
}

// Put keeps a journal that comes in packed, in the place of one of that name. It
// fails with an error that wraps [wire.ErrMalformed] on what is none.
func (s Shelf) Put(tenant wire.Tenant, id wire.Station, name string, packed io.Reader) error {
	if !tenant.Valid() || !id.Valid() || !wire.ValidJournal(name) {
		return fmt.Errorf("keep journal: %w", wire.ErrMalformed)
	}
	dir := s.folder(tenant, id)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep journal: %w", err)
	}
	if err := s.put(dir, name, packed); err != nil {
		return fmt.Errorf("keep journal: %w", err)
	}
	return s.makeRoom(tenant, id)
}

// put has the file whole before its name counts.
func (s Shelf) put(dir, name string, packed io.Reader) error {
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after a rename there is nothing left
	n, err := io.Copy(f, io.LimitReader(packed, wire.MaxJournal+1))
	if err == nil && n > wire.MaxJournal {
		err = wire.ErrMalformed
	}
	if err == nil {
		err = sound(f)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	now := s.Now()
	return errors.Join(os.Chtimes(f.Name(), now, now), os.Rename(f.Name(), filepath.Join(dir, name+suffix)))
}

// sound reads a file to its end.
func sound(f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return wire.ErrMalformed
	}
	some := false
	err = wire.ReadJournal(z, func(wire.JournalLine) bool { some = true; return true })
	if err != nil || !some {
		return wire.ErrMalformed
	}
	return nil
}

// makeRoom removes the oldest journals of a station that has too many.
func (s Shelf) makeRoom(tenant wire.Tenant, id wire.Station) error {
	list, err := s.List(tenant, id)
	if err != nil || len(list) <= perPlace {
		return err
	}
	for _, e := range list[perPlace:] {
		err = errors.Join(err, os.Remove(filepath.Join(s.folder(tenant, id), e.Name+suffix)))
	}
	return err
}

// List returns the journals of a station, newest first.
func (s Shelf) List(tenant wire.Tenant, id wire.Station) (list []Entry, err error) {
	entries, err := os.ReadDir(s.folder(tenant, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list journals: %w", err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		info, err := e.Info()
		if ok && err == nil && wire.ValidJournal(name) {
			list = append(list, Entry{name, info.ModTime(), info.Size()})
		}
	}
	slices.SortFunc(list, func(a, b Entry) int { return b.At.Compare(a.At) })
	return list, nil
}

// Open returns a journal as it came, packed. It fails with [ErrNone].
func (s Shelf) Open(tenant wire.Tenant, id wire.Station, name string) (io.ReadCloser, error) {
	if !tenant.Valid() || !id.Valid() || !wire.ValidJournal(name) {
		return nil, ErrNone
	}
	f, err := os.Open(filepath.Join(s.folder(tenant, id), name+suffix))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return f, nil
}

// Read gives each line of a journal until each returns false. It fails with
// [ErrNone].
func (s Shelf) Read(tenant wire.Tenant, id wire.Station, name string, each func(wire.JournalLine) bool) error {
	f, err := s.Open(tenant, id, name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	return wire.ReadJournal(z, each)
}

// Run removes what is over its life, or too much, until ctx is done.
func (s Shelf) Run(ctx context.Context, log *slog.Logger) error {
	for {
		if err := s.prune(maxAll); err != nil {
			log.Warn("old journals not removed", "err", err)
		}
		t := time.NewTimer(time.Hour)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil
		}
	}
}
