// Package depmod reads a kernel's modules when an image is built and says what
// each drives and needs: what the tool of the same name does, without the
// binary index files, and for the modules that are taken along only.
//
//	all, err := depmod.Scan(ctx, "…/lib/modules/6.12.48-amd64")
//	some, missing := depmod.Closure(all, names)
//	builtin, err := depmod.Builtin(dir)
//	err = kmod.WriteIndex(w, some, builtin)
//
// It runs where images are built, never on a station.
package depmod

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/hardware/kmod"
)

// ErrModule says that a file is no kernel module.
var ErrModule = errors.New("not a kernel module")

// Scan reads every module below a folder, in the order of their names.
func Scan(ctx context.Context, dir string) ([]kmod.Module, error) {
	files, err := moduleFiles(dir)
	if err != nil {
		return nil, fmt.Errorf("scan modules: %w", err)
	}
	all := make([]kmod.Module, len(files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, file := range files {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var err error
			all[i], err = scan(dir, file)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("scan modules: %w", err)
	}
	slices.SortFunc(all, func(x, y kmod.Module) int { return strings.Compare(x.Name, y.Name) })
	return all, nil
}

func moduleFiles(dir string) (files []string, err error) {
	err = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !isModule(d.Name()) {
			return err
		}
		files = append(files, file)
		return nil
	})
	return files, err
}

func isModule(name string) bool {
	return strings.HasSuffix(name, ".ko") || strings.HasSuffix(name, ".ko.xz") || strings.HasSuffix(name, ".ko.zst")
}

func scan(dir, file string) (kmod.Module, error) {
	ko, err := Read(file)
	if err != nil {
		return kmod.Module{}, err
	}
	path, err := filepath.Rel(dir, file)
	if err != nil {
		return kmod.Module{}, err
	}
	m, err := Parse(ko)
	m.Name, m.Path = kmod.Name(path), filepath.ToSlash(path)
	if err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// maxModule is larger than any module.
const maxModule = 256 << 20

// Read returns a module's file uncompressed.
func Read(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var r io.Reader
	switch filepath.Ext(file) {
	case ".xz":
		r, err = xz.NewReader(bytes.NewReader(b))
	case ".zst":
		d, err2 := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1))
		if err2 == nil {
			defer d.Close()
		}
		r, err = d, err2
	default:
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	if b, err = io.ReadAll(io.LimitReader(r, maxModule)); err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	return b, nil
}

// Parse reads what an uncompressed module says of itself. Values that an index
// could not hold are left out; no driver needs them.
func Parse(ko []byte) (kmod.Module, error) {
	f, err := elf.NewFile(bytes.NewReader(ko))
	if err != nil {
		return kmod.Module{}, errors.Join(ErrModule, err)
	}
	info := f.Section(".modinfo")
	if info == nil {
		return kmod.Module{}, ErrModule
	}
	b, err := info.Data()
	if err != nil {
		return kmod.Module{}, errors.Join(ErrModule, err)
	}
	var m kmod.Module
	for _, line := range strings.Split(string(b), "\x00") {
		name, value, _ := strings.Cut(line, "=")
		if !strings.ContainsAny(value, "\t\n") {
			take(&m, name, value)
		}
	}
	return m, nil
}

func take(m *kmod.Module, name, value string) {
	switch name {
	case "depends":
		for _, n := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' }) {
			m.Needs = append(m.Needs, kmod.Name(n))
		}
	case "alias":
		m.Aliases = append(m.Aliases, value)
	case "firmware":
		m.Firmware = append(m.Firmware, value)
	case "softdep":
		soft(m, value)
	}
}

// soft reads "pre: crc32c post: sha256".
func soft(m *kmod.Module, value string) {
	var to *[]string
	for _, word := range strings.Fields(value) {
		switch {
		case word == "pre:":
			to = &m.Before
		case word == "post:":
			to = &m.After
		case to != nil && !strings.Contains(word, ","):
			*to = append(*to, strings.ReplaceAll(word, "-", "_"))
		}
	}
}
