package cycle

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// maxCycles bounds what a station keeps.
const maxCycles = 200

const (
	ending = ".json"
	// progress is beside the cycles: which lesson is next in each.
	progress = ".next.json"
)

// Book is the cycles of a station. It is safe for concurrent use.
type Book struct {
	dir   string
	fleet func() map[string][]byte

	mu sync.Mutex
}

// Open opens the cycles in dir, which may not exist yet. fleet gives those that
// the fleet signed, by identifier; it may be nil.
func Open(dir string, fleet func() map[string][]byte) *Book {
	if fleet == nil {
		fleet = func() map[string][]byte { return nil }
	}
	return &Book{dir: dir, fleet: fleet}
}

// Listed is a cycle in the book.
type Listed struct {
	Cycle
	Signed bool // it is the fleet's as it was signed, and not this station's own
}

// List returns the cycles by their titles. Documents that cannot be read are
// left out; one of this station hides the fleet's of the same identifier.
func (b *Book) List() []Listed {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.listLocked()
}

func (b *Book) listLocked() []Listed {
	found := map[string]Listed{}
	for id, raw := range b.fleet() {
		if c, err := Parse(raw); err == nil && c.ID == id {
			found[id] = Listed{c, true}
		}
	}
	names, _ := filepath.Glob(filepath.Join(b.dir, "[a-z]*"+ending))
	for _, name := range names[:min(len(names), maxCycles)] {
		if c, err := read(name); err == nil && c.ID+ending == filepath.Base(name) {
			found[c.ID] = Listed{c, false}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(x, y Listed) int {
		return cmp.Or(cmp.Compare(x.Title, y.Title), cmp.Compare(x.ID, y.ID))
	})
}

func read(name string) (Cycle, error) {
	f, err := os.Open(name)
	if err != nil {
		return Cycle{}, fmt.Errorf("open cycle: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return Cycle{}, fmt.Errorf("read cycle: %w", err)
	}
	return Parse(raw)
}

// Get returns a cycle. It fails with [ErrUnknown] when there is none.
func (b *Book) Get(id string) (Listed, error) {
	list := b.List()
	i := slices.IndexFunc(list, func(c Listed) bool { return c.ID == id })
	if i < 0 {
		return Listed{}, ErrUnknown
	}
	return list[i], nil
}

// Save keeps a cycle on the disk before it returns, over an earlier one of the
// same identifier.
func (b *Book) Save(c Cycle) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.saveLocked(c)
}

func (b *Book) saveLocked(c Cycle) error {
	raw, err := c.Encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return fmt.Errorf("make cycles folder: %w", err)
	}
	file := filepath.Join(b.dir, c.ID+ending)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && len(b.listLocked()) >= maxCycles {
		return ErrFull
	}
	return durable.Replace(file, raw, 0o644)
}

// Change keeps a cycle as amend leaves it; two changes at once wait for each
// other. One that changes nothing writes nothing: the fleet's stays the fleet's.
// It fails with [ErrUnknown], and with what amend returns.
func (b *Book) Change(id string, amend func(*Cycle) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.listLocked()
	i := slices.IndexFunc(list, func(c Listed) bool { return c.ID == id })
	if i < 0 {
		return ErrUnknown
	}
	next := list[i].Cycle
	next.Items = slices.Clone(next.Items)
	if err := amend(&next); err != nil || reflect.DeepEqual(next, list[i].Cycle) {
		return err
	}
	return b.saveLocked(next)
}

// Create keeps a cycle under an identifier made of its title, and returns it.
func (b *Book) Create(c Cycle) (Cycle, error) {
	c.V = Version
	c.ID = Name(c.Title, func(id string) bool { _, err := b.Get(id); return err == nil })
	return c, b.Save(c)
}

// Remove forgets a cycle of this station; the fleet's of the same identifier
// shows again. It fails with [ErrSigned] for one that is only the fleet's.
func (b *Book) Remove(id string) error {
	c, err := b.Get(id)
	if err != nil {
		return err
	}
	if c.Signed {
		return ErrSigned
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := os.Remove(filepath.Join(b.dir, c.ID+ending)); err != nil {
		return fmt.Errorf("remove cycle: %w", err)
	}
	return durable.SyncDir(b.dir)
}

// Next is the index of the lesson a cycle goes on with: 0 at first.
func (b *Book) Next(id string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.nextLocked()[id]
}

func (b *Book) nextLocked() map[string]int {
	next := map[string]int{}
	raw, err := os.ReadFile(filepath.Join(b.dir, progress))
	if err != nil || json.Unmarshal(raw, &next) != nil {
		return map[string]int{}
	}
	return next
}

// SetNext keeps where a cycle goes on.
func (b *Book) SetNext(id string, n int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.nextLocked()
	next[id] = max(n, 0)
	if len(next) > maxCycles {
		maps.DeleteFunc(next, func(other string, _ int) bool { return other != id })
	}
	raw, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("encode progress: %w", err)
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return fmt.Errorf("make cycles folder: %w", err)
	}
	return durable.Replace(filepath.Join(b.dir, progress), raw, 0o644)
}

// StickFolder is where cycles are on a stick.
const StickFolder = "mallette-cycles"

// Carry writes a cycle on a stick.
func (b *Book) Carry(id, stick string) error {
	c, err := b.Get(id)
	if err != nil {
		return err
	}
	raw, err := c.Encode()
	if err != nil {
		return err
	}
	return durable.Carry(stick, StickFolder, c.ID+ending, func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	})
}

// OnStick lists the cycles that a stick brings; no stick brings none.
func OnStick(stick string) []Cycle {
	root, err := os.OpenRoot(stick)
	if err != nil {
		return nil
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), StickFolder)
	if err != nil {
		return nil
	}
	var list []Cycle
	for _, e := range entries[:min(len(entries), maxCycles)] {
		if !strings.HasSuffix(e.Name(), ending) {
			continue
		}
		f, err := root.Open(filepath.Join(StickFolder, e.Name()))
		if err != nil {
			continue
		}
		raw, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
		_ = f.Close()
		if c, parseErr := Parse(raw); err == nil && parseErr == nil {
			list = append(list, c)
		}
	}
	return list
}

// Take keeps a cycle that a stick brings, over one of the same identifier. It
// fails with [ErrUnknown] when the stick has none of that identifier.
func (b *Book) Take(id, stick string) error {
	for _, c := range OnStick(stick) {
		if c.ID == id {
			return b.Save(c)
		}
	}
	return ErrUnknown
}
