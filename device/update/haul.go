package update

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/provisioning/durable"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// syncEvery is how many bytes of a haul a power cut may cost.
const syncEvery = 8 << 20

// haul is the file of everything that a plan needs from elsewhere, in the order
// of the plan.
type haul struct {
	*os.File
	plan plan
}

// openHaul opens what was brought for the plan so far. Sound is how many bytes
// are known to have reached the disk before the power may have been cut.
func openHaul(dir string, p plan, sound int64) (*haul, int64, error) {
	f, err := os.OpenFile(filepath.Join(dir, p.name()), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("open haul: %w", err)
	}
	n, err := f.Seek(0, io.SeekEnd)
	if n = min(n, sound, p.total); err == nil {
		err = errors.Join(f.Truncate(n), seek(f, n), durable.SyncDir(dir))
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("open haul: %w", err), f.Close())
	}
	return &haul{f, p}, n, nil
}

func seek(f *os.File, at int64) error {
	_, err := f.Seek(at, io.SeekStart)
	return err
}

// fetch brings what is missing from byte done on and calls save with each count
// of bytes that are on the disk for good, also when it fails.
func (h *haul) fetch(ctx context.Context, from public.Source, done int64, kbps int, save func(int64) error) (err error) {
	defer func() { err = errors.Join(err, h.keep(save)) }()
	at, synced := int64(0), int64(0)
	for _, s := range h.plan.spans {
		if skip := done - at; skip < s.n {
			skip = max(0, skip)
			err := receive(ctx, from, release.BlobName(s.part), s.at+skip, s.n-skip, kbps, func(r io.Reader) error {
				return h.take(r, s.n-skip, &synced, save)
			})
			if err != nil {
				return err
			}
		}
		at += s.n
	}
	return nil
}

// take copies n bytes of the line to the end of the file.
func (h *haul) take(r io.Reader, n int64, synced *int64, save func(int64) error) error {
	for n > 0 {
		got, err := io.CopyN(h, r, min(n, syncEvery/4))
		n -= got
		if *synced += got; *synced >= syncEvery && err == nil {
			*synced, err = 0, h.keep(save)
		}
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
	}
	return nil
}

// keep makes what came survive a power cut.
func (h *haul) keep(save func(int64) error) error {
	if err := h.Sync(); err != nil {
		return err
	}
	n, err := h.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	return save(n)
}

// small brings a whole part that fits in memory. What came before the line was
// cut stays in the folder, and so does the part.
func small(ctx context.Context, dir string, from public.Source, p release.Part) ([]byte, error) {
	file := filepath.Join(dir, partPrefix+p.SHA256[:16])
	b, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if int64(len(b)) < p.Size {
		if b, err = rest(ctx, from, p, b); err != nil {
			return nil, errors.Join(err, durable.Replace(file, b, 0o600))
		}
		if err := durable.Replace(file, b, 0o600); err != nil {
			return nil, err
		}
	}
	if !is(p, b) {
		return nil, errors.Join(errVerify, os.Remove(file))
	}
	return b, nil
}

// rest appends what is missing of a part, as far as it comes.
func rest(ctx context.Context, from public.Source, p release.Part, have []byte) ([]byte, error) {
	err := receive(ctx, from, release.BlobName(p), int64(len(have)), p.Size-int64(len(have)), 0, func(r io.Reader) error {
		more, err := io.ReadAll(r)
		have = append(have, more...)
		return err
	})
	if err == nil && int64(len(have)) < p.Size {
		err = io.ErrUnexpectedEOF
	}
	return have, err
}

// Prefixes of what is brought into the folder.
const (
	haulPrefix = "haul-"
	partPrefix = "part-"
)

// clearHauls removes hauls of other plans.
func clearHauls(dir string, keep ...string) error { return clearAll(dir, haulPrefix, keep...) }

// clearBrought removes everything that was brought.
func clearBrought(dir string) error {
	return errors.Join(clearAll(dir, haulPrefix), clearAll(dir, partPrefix))
}

func clearAll(dir, prefix string, keep ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if slices.Contains(keep, e.Name()) || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("clear what was brought: %w", err)
		}
	}
	return nil
}
