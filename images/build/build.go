// Package build makes the disk images that stations run from, out of this
// repository, gokrazy's modules and locked Debian packages, without root rights,
// loop devices or anything installed on the machine that builds:
//
//	kernel, modules, firmware ─┐
//	programs by gok ───────────┴→ root squashfs + hash tree ─┐
//	first program ─→ initramfs ─→ kernel container ──────────┼→ disk image ─→ .img.zst
//	shim, GRUB ─→ boot partition;  userland ─→ perm ─────────┘
//
// Equal sources give equal bytes, wherever and whenever they are built. Each step
// is kept in a cache under everything it was made from. The package never writes
// to a disk and knows nothing of a single station: flashing does.
package build

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/images/build/cache"
	"github.com/mallette-kit/mallette/images/build/lock"
)

// Builder makes images of one state of the repository.
type Builder struct {
	Repository string    // its root
	Program    string    // executable that serves "gok": see package gokrazy
	Version    string    // the release's name
	Date       time.Time // of everything in the image: the commit's
	Firmware   bool      // take along firmware that is not free software
	Userland   bool      // take along the kiosk's userland
	Refresh    bool      // when a locked package has left the mirror, take the newest, say so and go on
	Log        *slog.Logger

	report *Report
}

// ErrSetup says that a Builder lacks what it needs.
var ErrSetup = errors.New("builder is not complete")

func (b *Builder) check() error {
	if b.Repository == "" || b.Program == "" || b.Version == "" || len(b.Version) > 64 || b.Date.IsZero() || b.Log == nil {
		return ErrSetup
	}
	return nil
}

func (b *Builder) path(parts ...string) string {
	return filepath.Join(append([]string{b.Repository}, parts...)...)
}

func (b *Builder) cache() cache.Dir { return cache.Dir(b.path("build", "cache", "steps")) }

// step makes a result, or finds it in the cache, and notes which in the report.
func (b *Builder) step(name string, key cache.Key, fill func(dir string) error) (string, error) {
	began := time.Now()
	dir, hit, err := b.cache().Make(name, key, fill)
	if err != nil {
		return "", err
	}
	b.report.step(name, hit, time.Since(began))
	b.Log.Info("step done", "step", name, "cached", hit, "took", time.Since(began).Round(10*time.Millisecond))
	return dir, nil
}

// Result is a finished image.
type Result struct {
	Image      string // the disk as it is, a sparse file
	Compressed string // what is published
	Report     *Report
}

// PC makes the image for PCs, and everything published with it, in build/images.
func (b *Builder) PC(ctx context.Context) (Result, error) {
	if err := b.check(); err != nil {
		return Result{}, err
	}
	p := &pc{Builder: b}
	b.report = newReport("mallette-pc-amd64", b.Version)
	for _, step := range []func(context.Context) error{p.inputs, p.openKernel, p.makeRoot, p.makeUserland, p.makeContainer, p.makePerm, p.makeDisk} {
		if err := step(ctx); err != nil {
			return Result{}, fmt.Errorf("build PC image: %w", err)
		}
	}
	r, err := b.publish(ctx, "mallette-pc-amd64", p.disk, p.tree, map[string]lock.Lock{pcImage: p.debs.lock, "userland/kiosk": p.userland})
	if err == nil {
		err = p.leaveParts(r)
	}
	if err != nil {
		return Result{}, fmt.Errorf("build PC image: %w", err)
	}
	return r, nil
}

// write makes the file, with its folder.
func write(file string, content []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, mode)
}
