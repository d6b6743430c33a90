// Package stock brings a station's lesson packs, and its books, to what its
// fleet lists: it fetches what is missing, piece by piece where the line was cut, compares it
// with the signed hash, puts it where the catalogue looks, and removes what is
// no longer listed.
//
// It never looks into a pack: the catalogue does, as somebody else's work. It
// never touches what was put there by hand or written at the station.
package stock

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// Why a pack was not brought; test with errors.Is.
var (
	// ErrMismatch says that what came is not what was signed.
	ErrMismatch = errors.New("pack is not what was signed")
	// ErrFull says that the disk keeps its last space for the outbox.
	ErrFull = errors.New("no room for the pack")
)

// Pack is a pack that should be there.
type Pack struct {
	Hash   string // of its content: its name on the disk
	Path   string // where a source has it
	Length int64
	SHA256 []byte // of the file
}

// Stock is the folder of a station's lessons, or of its books.
type Stock struct {
	Dir    string
	Ending string // of the names of packs; "" is ".zip"
	Log    *slog.Logger
	Free   func(dir string) (uint64, error) // bytes; nil asks the file system
}

const (
	ending  = ".zip"
	partial = ".part-"
	// Reserve is what the disk keeps free for what must never be lost.
	Reserve = 256 << 20
)

var named = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Bring makes the packs those of wanted. Each that cannot be had is in failed
// by its hash; the others are brought all the same.
func (s *Stock) Bring(ctx context.Context, from public.Source, wanted []Pack) (failed map[string]error, err error) {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make lessons folder: %w", err)
	}
	failed = map[string]error{}
	for _, p := range wanted {
		if s.has(p) {
			continue
		}
		if err := s.bring(ctx, from, p); err != nil {
			failed[p.Hash] = err
			continue
		}
		s.Log.Info("lesson pack brought", "sha256", p.Hash[:12], "bytes", p.Length)
	}
	return failed, errors.Join(ctx.Err(), s.sweep(wanted))
}

func (s *Stock) ending() string {
	if s.Ending == "" {
		return ending
	}
	return s.Ending
}

func (s *Stock) file(p Pack) string { return filepath.Join(s.Dir, p.Hash+s.ending()) }
func (s *Stock) part(p Pack) string {
	return filepath.Join(s.Dir, fmt.Sprintf("%s%x", partial, p.SHA256))
}

func (s *Stock) has(p Pack) bool {
	info, err := os.Stat(s.file(p))
	return err == nil && info.Size() == p.Length
}

// bring fetches one pack into a file that the catalogue does not see.
func (s *Stock) bring(ctx context.Context, from public.Source, p Pack) error {
	if !named.MatchString(p.Hash) || p.Length <= 0 {
		return ErrMismatch
	}
	if err := s.room(p); err != nil {
		return err
	}
	f, err := os.OpenFile(s.part(p), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("open pack: %w", err)
	}
	defer f.Close()
	if err := s.fetch(ctx, from, p, f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync pack: %w", err)
	}
	if err := verify(f, p); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), s.file(p)); err != nil {
		return fmt.Errorf("put pack: %w", err)
	}
	return durable.SyncDir(s.Dir)
}

// fetch goes on from what an earlier attempt left.
func (s *Stock) fetch(ctx context.Context, from public.Source, p Pack, f *os.File) error {
	at, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("seek pack: %w", err)
	}
	if at == p.Length {
		return nil
	}
	if at > p.Length {
		at = 0
	}
	body, err := from.Open(ctx, p.Path, at, p.Length-at+1) // one more shows a longer file
	if err != nil {
		return err
	}
	defer body.Close()
	if err := errors.Join(f.Truncate(at), seek(f, at)); err != nil {
		return fmt.Errorf("resume pack: %w", err)
	}
	n, err := io.Copy(f, body)
	switch {
	case err != nil:
		return fmt.Errorf("fetch pack: %w", err)
	case at+n < p.Length:
		return fmt.Errorf("fetch pack: %w", io.ErrUnexpectedEOF)
	case at+n > p.Length:
		return errors.Join(ErrMismatch, os.Remove(f.Name()))
	}
	return nil
}

func seek(f *os.File, at int64) error {
	_, err := f.Seek(at, io.SeekStart)
	return err
}

func verify(f *os.File, p Pack) error {
	if err := seek(f, 0); err != nil {
		return fmt.Errorf("seek pack: %w", err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("read pack: %w", err)
	}
	if !bytes.Equal(sum.Sum(nil), p.SHA256) {
		return ErrMismatch
	}
	return nil
}

// room looks before anything is fetched.
func (s *Stock) room(p Pack) error {
	free := s.Free
	if free == nil {
		free = freeOf
	}
	if left, err := free(s.Dir); err == nil && left < Reserve+uint64(p.Length) {
		return ErrFull
	}
	return nil
}

func freeOf(dir string) (uint64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, err
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}

// sweep removes packs named by a hash, and pieces of packs, that are not wanted.
func (s *Stock) sweep(wanted []Pack) error {
	keep := map[string]bool{}
	for _, p := range wanted {
		keep[filepath.Base(s.file(p))], keep[filepath.Base(s.part(p))] = true, true
	}
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return fmt.Errorf("list lessons: %w", err)
	}
	for _, e := range entries {
		ours := strings.HasPrefix(e.Name(), partial) || named.MatchString(strings.TrimSuffix(e.Name(), s.ending())) && strings.HasSuffix(e.Name(), s.ending())
		if !ours || keep[e.Name()] || !e.Type().IsRegular() {
			continue
		}
		if err := os.Remove(filepath.Join(s.Dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove pack: %w", err)
		}
	}
	return nil
}
