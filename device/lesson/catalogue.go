package lesson

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxPacks bounds how many packs a station looks at.
const maxPacks = 500

// Catalogue is the lessons of a station at the time it was opened. It does not
// change and is safe for concurrent use.
type Catalogue struct {
	lessons []*Lesson
	refused []Refusal
}

// Refusal is a pack that is not in the catalogue, and why.
type Refusal struct {
	Pack string // name of its folder or file
	Err  error  // wraps one of the sentinels of this package
}

// Open reads the lessons of builtin (one folder each; may be nil) and of dir
// (folders and zips; may not exist yet). A lesson of dir replaces a built-in
// one with the same identifier. It always returns a catalogue: what cannot be
// read is in [Catalogue.Refused]. When ctx ends it returns what it has.
func Open(ctx context.Context, builtin fs.FS, dir string) *Catalogue {
	c := &Catalogue{}
	c.openDir(ctx, dir)
	onDisk := len(c.lessons)
	c.openBuiltin(ctx, builtin, onDisk)
	slices.SortStableFunc(c.lessons, func(a, b *Lesson) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Title, b.Title))
	})
	return c
}

// Lessons returns every lesson in the order to show them.
func (c *Catalogue) Lessons() []*Lesson { return slices.Clone(c.lessons) }

// Refused returns the packs that are not shown.
func (c *Catalogue) Refused() []Refusal { return slices.Clone(c.refused) }

// Lesson finds a lesson by its identifier.
func (c *Catalogue) Lesson(id string) (*Lesson, bool) {
	i := slices.IndexFunc(c.lessons, func(l *Lesson) bool { return l.ID == id })
	if i < 0 {
		return nil, false
	}
	return c.lessons[i], true
}

func (c *Catalogue) openBuiltin(ctx context.Context, builtin fs.FS, onDisk int) {
	if builtin == nil {
		return
	}
	entries, err := fs.ReadDir(builtin, ".")
	c.refuse("", err)
	for _, e := range entries {
		if !e.IsDir() || ctx.Err() != nil {
			continue
		}
		sub, err := fs.Sub(builtin, e.Name())
		if err != nil {
			c.refuse(e.Name(), err)
			continue
		}
		l, err := read(openBuiltin(sub))
		if err == nil && has(c.lessons[:onDisk], l.ID) {
			continue // a newer one came from the fleet
		}
		c.add(e.Name(), l, err)
	}
}

func (c *Catalogue) openDir(ctx context.Context, dir string) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	c.refuse("", err)
	for i, e := range entries {
		if ctx.Err() != nil {
			return
		}
		if strings.HasPrefix(e.Name(), ".") {
			continue // being installed
		}
		if i >= maxPacks {
			c.refuse(e.Name(), ErrTooLarge)
			return
		}
		l, err := openPack(filepath.Join(dir, e.Name()), e)
		c.add(e.Name(), l, err)
	}
}

// openPack reads a folder or a zip of the data directory.
func openPack(name string, e fs.DirEntry) (*Lesson, error) {
	open := openFolder
	switch {
	case e.Type().IsRegular() && filepath.Ext(name) == ".zip":
		open = openZip
	case !e.IsDir():
		return nil, ErrPath
	}
	p, done, err := open(name)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := read(p)
	if err != nil {
		return nil, err
	}
	l.stored = true
	return l, checkName(e.Name(), l.Hash)
}

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// checkName holds a pack to the hash that is its name, when it is one.
func checkName(name, hash string) error {
	base := strings.TrimSuffix(name, ".zip")
	if hashForm.MatchString(base) && base != hash {
		return ErrHash
	}
	return nil
}

func (c *Catalogue) add(name string, l *Lesson, err error) {
	if err == nil && has(c.lessons, l.ID) {
		err = ErrDuplicate
	}
	if err != nil {
		c.refuse(name, err)
		return
	}
	c.lessons = append(c.lessons, l)
}

func (c *Catalogue) refuse(name string, err error) {
	if err != nil {
		c.refused = append(c.refused, Refusal{name, fmt.Errorf("lesson pack: %w", err)})
	}
}

func has(lessons []*Lesson, id string) bool {
	return slices.ContainsFunc(lessons, func(l *Lesson) bool { return l.ID == id })
}
