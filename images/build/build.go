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
	"strings"
	"time"

	"github.com/mallette-kit/mallette/images/build/cache"
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

// pcName is what the published files of the PC image are called.
const pcName = "mallette-pc-amd64"

// PC makes the image for PCs, and everything published with it, in build/images.
func (b *Builder) PC(ctx context.Context) (r Result, err error) {
	p, err := b.pc(ctx)
	if err != nil {
		return r, err
	}
	for _, step := range []func(context.Context) error{p.makePerm, p.makeDisk} {
		if err := step(ctx); err != nil {
			return r, fmt.Errorf("build PC image: %w", err)
		}
	}
	r, err = b.publish(ctx, pcName, p.disk, p.tree, p.locks())
	if err == nil {
		err = p.leaveParts(strings.TrimSuffix(r.Image, ".img") + ".spdx.json")
	}
	if err != nil {
		return r, fmt.Errorf("build PC image: %w", err)
	}
	return r, nil
}

// PCParts makes only what a PC's release is made of, and returns its folder in
// build/images/parts.
func (b *Builder) PCParts(ctx context.Context) (string, error) {
	p, err := b.pc(ctx)
	if err != nil {
		return "", err
	}
	bill, err := b.bill(ctx, pcName, p.container, p.tree, p.locks())
	file := p.partsFolder() + ".spdx.json"
	if err == nil {
		err = errors.Join(write(file, bill, 0o644), p.leaveParts(file), os.Remove(file))
	}
	if err != nil {
		return "", fmt.Errorf("make parts: %w", err)
	}
	return p.partsFolder(), nil
}

// pc makes what image and release have in common.
func (b *Builder) pc(ctx context.Context) (*pc, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	p := &pc{Builder: b}
	b.report = newReport(pcName, b.Version)
	for _, step := range []func(context.Context) error{p.inputs, p.openKernel, p.makeRoot, p.makeUserland, p.makeContainer} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("build for PCs: %w", err)
		}
	}
	return p, nil
}

// write makes the file, with its folder.
func write(file string, content []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, mode)
}
