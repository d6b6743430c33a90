// Package kmod loads the kernel's drivers on a station, where no udev and no
// modprobe is: for the name of a module, or for a device's alias as the kernel
// writes it in uevent files (MODALIAS=).
//
//	mods, err := kmod.Open("/lib/modules/6.12.48-amd64")
//	err = mods.Load(ctx, "pci:v00008086d00001C3Asv…")
//
// What there is to load is read from one index, made when the image is built
// (package depmod). Dependencies and soft dependencies are followed; a short
// list of modules is never loaded (see [Blocked]). The package never unloads
// anything, never looks for devices and never reads a module itself: the
// kernel does.
package kmod

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Errors of loading.
var (
	ErrUnknown = errors.New("no module of that name or alias")
	ErrBlocked = errors.New("a module that is never loaded")
)

// Blocked reports whether a module is never loaded: the beeper, hypervisors
// that nothing here uses, and what would write to the firmware's variables.
func Blocked(name string) bool {
	switch name {
	case "pcspkr", "snd_pcsp", "efi_pstore", "kvm":
		return true
	}
	return strings.HasPrefix(name, "kvm_")
}

// Modules is what can be loaded. It is safe for concurrent use.
type Modules struct {
	dir    string
	index  index
	insert func(path string) error

	mu   sync.Mutex
	done map[string]bool
}

// Option changes how modules are loaded.
type Option func(*Modules)

// WithInsert gives modules to f instead of the running kernel.
func WithInsert(f func(path string) error) Option { return func(m *Modules) { m.insert = f } }

// Open reads the index of a folder of modules.
func Open(dir string, options ...Option) (*Modules, error) {
	x, err := readIndex(filepath.Join(dir, IndexFile))
	if err != nil {
		return nil, fmt.Errorf("open modules: %w", err)
	}
	m := &Modules{dir: dir, index: x, insert: insert, done: map[string]bool{}}
	for _, o := range options {
		o(m)
	}
	return m, nil
}

// Load loads a module by its name, or every module whose alias fits, with what
// they need. What is loaded or built in already is no error; an alias that
// nothing fits is [ErrUnknown], which is common: most devices need no module.
// A call to the kernel is not interrupted; between two of them ctx is.
func (m *Modules) Load(ctx context.Context, what string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := Name(what)
	if m.index.known(name) {
		return m.load(ctx, name, 0)
	}
	fit := m.index.lookup(what)
	if len(fit) == 0 {
		return fmt.Errorf("load %s: %w", what, ErrUnknown)
	}
	var all []error
	for _, name := range fit {
		if err := m.load(ctx, name, 0); err != nil && !errors.Is(err, ErrBlocked) {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// maxDepth is deeper than any chain of dependencies.
const maxDepth = 32

func (m *Modules) load(ctx context.Context, name string, depth int) error {
	if m.done[name] || m.index.builtin[name] {
		return nil
	}
	mod, ok := m.index.modules[name]
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case Blocked(name):
		return fmt.Errorf("load %s: %w", name, ErrBlocked)
	case !ok || depth > maxDepth:
		return fmt.Errorf("load %s: %w", name, ErrUnknown)
	}
	m.soft(ctx, mod.Before, depth)
	for _, need := range mod.Needs {
		if err := m.load(ctx, need, depth+1); err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	if err := m.insert(filepath.Join(m.dir, mod.Path)); err != nil {
		return fmt.Errorf("load %s: %w", name, err)
	}
	m.done[name] = true
	m.soft(ctx, mod.After, depth)
	return nil
}

// soft loads what a module would like to have; without it, it still works.
func (m *Modules) soft(ctx context.Context, names []string, depth int) {
	for _, name := range names {
		if m.index.known(name) {
			_ = m.load(ctx, name, depth+1)
			continue
		}
		for _, fit := range m.index.lookup(name) {
			_ = m.load(ctx, fit, depth+1)
		}
	}
}

// compressed is MODULE_INIT_COMPRESSED_FILE.
const compressed = 4

// insert asks the running kernel.
func insert(path string) error {
	f, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(f)
	flags := 0
	if filepath.Ext(path) != ".ko" {
		flags = compressed
	}
	if err := unix.FinitModule(f, "", flags); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("insert module: %w", err)
	}
	return nil
}
