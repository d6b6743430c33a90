// Package kernel takes a Debian kernel package apart: the signed kernel as it
// is, and the modules that a list picks, uncompressed and with the index from
// which a station loads them. Nothing is compiled.
package kernel

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/hardware/kmod/depmod"
	"github.com/mallette-kit/mallette/images/build/debian"
	"github.com/mallette-kit/mallette/images/build/pick"
)

// Kernel is an unpacked package.
type Kernel struct {
	Dir     string // holds vmlinuz and modules/<release>/…
	Release string // what uname -r says
}

// ErrPackage is returned for a package in which there is not exactly one kernel.
var ErrPackage = errors.New("not a kernel package")

// scanned is what the modules say of themselves, read once.
const scanned = "modules.json"

// Unpack opens the package file into dir, modules as they are, and reads what
// each module drives and needs.
func Unpack(ctx context.Context, file, dir string) error {
	if err := unpack(file, dir); err != nil {
		return err
	}
	k, err := Open(dir)
	if err != nil {
		return err
	}
	all, err := depmod.Scan(ctx, k.Modules())
	if err != nil {
		return err
	}
	text, err := json.Marshal(all)
	return errors.Join(err, os.WriteFile(filepath.Join(dir, scanned), text, 0o644))
}

func unpack(file, dir string) error {
	return debian.Unpack(file, func(f debian.File, r io.Reader) error {
		to := ""
		if strings.HasPrefix(f.Name, "boot/vmlinuz-") {
			to = filepath.Join(dir, "vmlinuz")
		} else if rest, ok := strings.CutPrefix(f.Name, "lib/modules/"); ok {
			to = filepath.Join(dir, "modules", rest)
		} else if strings.HasSuffix(f.Name, "/copyright") {
			to = filepath.Join(dir, "copyright")
		}
		if to == "" || f.Type != tar.TypeReg {
			return nil
		}
		return write(to, r)
	})
}

func write(file string, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

// Open finds the kernel that Unpack put into dir.
func Open(dir string) (Kernel, error) {
	releases, err := os.ReadDir(filepath.Join(dir, "modules"))
	if err != nil {
		return Kernel{}, fmt.Errorf("open kernel: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "vmlinuz")); err != nil || len(releases) != 1 {
		return Kernel{}, fmt.Errorf("open kernel: %w", errors.Join(ErrPackage, err))
	}
	return Kernel{dir, releases[0].Name()}, nil
}

// Image returns the name of the signed kernel's file.
func (k Kernel) Image() string { return filepath.Join(k.Dir, "vmlinuz") }

// Modules returns the folder of the modules as they came.
func (k Kernel) Modules() string { return filepath.Join(k.Dir, "modules", k.Release) }

// Scan returns all modules of the package, and the names of what is part of the
// kernel itself.
func (k Kernel) Scan() (all []kmod.Module, builtin []string, err error) {
	text, err := os.ReadFile(filepath.Join(k.Dir, scanned))
	if err != nil {
		return nil, nil, fmt.Errorf("scan kernel: %w", err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, nil, fmt.Errorf("scan kernel: %w", err)
	}
	builtin, err = depmod.Builtin(k.Modules())
	return all, builtin, err
}

// Install writes the picked modules, with all they need, uncompressed below
// lib/modules of the root folder, and the index beside them.
func (k Kernel) Install(ctx context.Context, list pick.List, root string) error {
	all, builtin, err := k.Scan()
	if err != nil {
		return err
	}
	var names []string
	for _, m := range all {
		if list.Takes(m.Path) && !kmod.Blocked(m.Name) {
			names = append(names, m.Name)
		}
	}
	some, missing := depmod.Closure(all, names)
	if len(missing) > 0 {
		return fmt.Errorf("install modules: %v are needed and missing", missing)
	}
	return k.install(ctx, some, builtin, filepath.Join(root, "lib", "modules", k.Release))
}

func (k Kernel) install(ctx context.Context, some []kmod.Module, builtin []string, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("install modules: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, m := range some {
		some[i].Path = m.Path[:strings.LastIndex(m.Path, ".ko")] + ".ko"
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			ko, err := depmod.Read(filepath.Join(k.Modules(), m.Path))
			if err != nil {
				return err
			}
			return write(filepath.Join(to, some[i].Path), bytes.NewReader(ko))
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("install modules: %w", err)
	}
	f, err := os.Create(filepath.Join(to, kmod.IndexFile))
	if err != nil {
		return fmt.Errorf("install modules: %w", err)
	}
	return errors.Join(kmod.WriteIndex(f, some, builtin), f.Close())
}
