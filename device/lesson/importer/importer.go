// Package importer is what every importer of lessons and books needs: a place
// to work in that leaves nothing behind, and a report of what came of it.
//
// An importer reads somebody else's format and writes the station's own: see
// packages mallard and book. Whoever starts one declares the interface:
//
//	Import(ctx context.Context, from, into string) (importer.Report, error)
//
// What it makes is whole or not there. It works in a [Landing], a hidden
// folder beside its destination; a power cut leaves at most that folder, which
// the next import clears away. The package reads no format itself.
package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

var (
	// ErrSpace says that the disk has not enough room.
	ErrSpace = errors.New("not enough room on the disk")
	// ErrNothing says that a source holds nothing to import.
	ErrNothing = errors.New("nothing to import")
)

// Report is what an import made.
type Report struct {
	Title  string
	Made   []string // names in the folder it imported into
	Pages  int      // pages or lessons that people can read
	Other  int      // pictures and other files
	Left   int      // pages that are not of a kind this importer makes something of
	Remote int      // links that lead to a network, made text or said to be so
}

// reserve is what an import leaves free for everything else on the disk.
const reserve = 32 << 20

// Room fails with [ErrSpace] when the disk of dir cannot take so many bytes.
func Room(dir string, need int64) error {
	free, err := Free(dir)
	if err != nil {
		return err
	}
	if need > free {
		return ErrSpace
	}
	return nil
}

// Free is how many bytes [Room] has for an import into dir.
func Free(dir string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, fmt.Errorf("ask disk: %w", err)
	}
	return max(int64(disk.Bavail)*disk.Bsize-reserve, 0), nil
}

// hidden begins the name of what is not finished; a station reads no such name.
const hidden = ".import-"

// Landing is where an import is made before anybody sees it. Only one import
// at a time may work in a folder.
type Landing struct{ into, dir string }

// Land clears what an interrupted import left in into and makes a new landing.
// The caller calls [Landing.Leave] in any case.
func Land(into string) (*Landing, error) {
	if err := os.MkdirAll(into, 0o700); err != nil {
		return nil, fmt.Errorf("land: %w", err)
	}
	if err := Clear(into); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(into, hidden)
	if err != nil {
		return nil, fmt.Errorf("land: %w", err)
	}
	return &Landing{into, dir}, nil
}

// Clear takes away what an interrupted import left in a folder, which need not
// be there. No import may be under way in it.
func Clear(into string) error {
	entries, err := os.ReadDir(into)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("land: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), hidden) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(into, e.Name())); err != nil {
			return fmt.Errorf("land: %w", err)
		}
	}
	return nil
}

// Path is a place in the landing.
func (l *Landing) Path(name string) string { return filepath.Join(l.dir, name) }

// Settle gives what was made under a name in the landing its name in the
// destination, when all of it is on the disk. It replaces an older one.
func (l *Landing) Settle(made, name string) error {
	if err := syncAll(l.Path(made)); err != nil {
		return err
	}
	if err := l.swap(l.Path(made), filepath.Join(l.into, name)); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return durable.SyncDir(l.into)
}

// swap puts what was made in its place, and an older one in the landing: at
// any moment one of the two has the name.
func (l *Landing) swap(made, to string) error {
	if info, err := os.Lstat(to); err == nil && info.IsDir() {
		return unix.Renameat2(unix.AT_FDCWD, made, unix.AT_FDCWD, to, unix.RENAME_EXCHANGE)
	}
	return os.Rename(made, to)
}

// Leave takes the landing away with everything that was not settled.
func (l *Landing) Leave() error {
	if err := os.RemoveAll(l.dir); err != nil {
		return fmt.Errorf("leave landing: %w", err)
	}
	return nil
}

func syncAll(name string) error {
	return filepath.WalkDir(name, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		return durable.SyncDir(path) // opens and syncs, whatever it is
	})
}
