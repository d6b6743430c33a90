// Package journal keeps what a station's programs said for seven days, in at
// most 16 MB, so that a technician can read why a machine 60 km away did what it
// did, and why a release that was tried there did not stay.
//
// Programs know nothing of it: they write to their supervisor, which holds their
// last hundred lines, and a [Keeper] reads them there, and the kernel's warnings
// from the kernel. It keeps what has the shape of one of our lines and drops the
// rest: a browser's own chatter may hold what a person typed. What looks like a
// number that somebody scanned or an address is taken out of what is kept.
//
// The package never sends anything by itself, and a station works as well
// without it.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// What is kept, and for how long.
const (
	Life  = 7 * 24 * time.Hour
	Quota = 16 << 20 // bytes, of all files

	fileSize = 1 << 20
	fileLife = 6 * time.Hour // so that what goes after Life has not been there much longer
	maxFiles = 128
)

// Journal is the files of a station. One goroutine uses it at a time.
type Journal struct {
	Dir   string
	Start wire.JournalStart // this start of the machine
	Now   func() time.Time  // zero while nobody knows the time

	out    *os.File // nil: none open
	size   int64
	opened time.Time // as Now said when the open file began
	dirty  bool
}

// Write appends lines. They are on the disk for good after [Journal.Sync].
func (j *Journal) Write(lines ...wire.JournalLine) error {
	for _, l := range lines {
		text, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		if err := j.write(append(text, '\n')); err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
	}
	return nil
}

func (j *Journal) write(text []byte) error {
	if j.out == nil || j.size+int64(len(text)) > fileSize || j.old() {
		if err := j.turn(); err != nil {
			return err
		}
	}
	n, err := j.out.Write(text)
	j.size += int64(n)
	j.dirty = true
	return err
}

// old reports whether the open file should be followed by another: it is some
// hours old, or the time has become known.
func (j *Journal) old() bool {
	now := j.Now()
	return j.opened.IsZero() != now.IsZero() || now.Sub(j.opened) > fileLife || now.Before(j.opened)
}

// Sync makes what was written survive a power cut.
func (j *Journal) Sync() error {
	if !j.dirty || j.out == nil {
		return nil
	}
	j.dirty = false
	if err := j.out.Sync(); err != nil {
		return fmt.Errorf("sync journal: %w", err)
	}
	return nil
}

// Close ends writing.
func (j *Journal) Close() error {
	if j.out == nil {
		return nil
	}
	f := j.out
	j.out = nil
	// What was reserved for it and not used is given back.
	if err := errors.Join(f.Truncate(j.size), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}

// turn begins the next file, after what is too old or too much is gone. Its
// room is reserved at once: a release that fills the disk can still say so.
func (j *Journal) turn() error {
	if err := j.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(j.Dir, 0o700); err != nil {
		return err
	}
	last, err := j.prune()
	if err != nil {
		return err
	}
	j.opened = j.Now()
	f, err := os.OpenFile(filepath.Join(j.Dir, file{last + 1, j.opened}.name()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_ = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, fileSize) // not every file system can
	j.out, j.size = f, 0
	return errors.Join(j.head(), durable.SyncDir(j.Dir))
}

// head says which start the file's lines are of.
func (j *Journal) head() error {
	text, err := json.Marshal(wire.JournalLine{Start: &j.Start})
	if err != nil {
		return err
	}
	n, err := j.out.Write(append(text, '\n'))
	j.size = int64(n)
	return errors.Join(err, j.out.Sync())
}

// prune removes what is over its life or the quota, and returns the number of
// the newest file.
func (j *Journal) prune() (last int, err error) {
	files, err := list(j.Dir)
	if err != nil {
		return 0, err
	}
	if len(files) > 0 {
		last = files[len(files)-1].n
	}
	for _, f := range over(files, j.Now()) {
		if err := os.Remove(filepath.Join(j.Dir, f.name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
	}
	return last, nil
}
