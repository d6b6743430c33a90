package edit

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// StickFolder is where lessons are on a stick, a zip for each.
const StickFolder = "mallette-lecons"

const packed = ".zip"

// maxListed is how many packs of a stick are looked at.
const maxListed = 100

// Pack writes a lesson as one file, the same bytes each time. It fails with
// [ErrHeld] while the draft is one that no station would show.
func (b *Book) Pack(w io.Writer, id string) error {
	files, done, err := b.Files(id)
	if err != nil {
		return err
	}
	defer done()
	if _, err := lesson.Read(files); err != nil {
		return fmt.Errorf("%w: %w", ErrHeld, err)
	}
	_, err = lesson.Bundle(w, files)
	return err
}

// Carry writes a lesson on a stick, over an earlier one of the same
// identifier. A stick pulled out early keeps what it had.
func (b *Book) Carry(id, stick string) error {
	if !b.Owns(id) {
		return ErrUnknown
	}
	var held error // says what is wrong with the lesson, and is not about the stick
	err := durable.Carry(stick, StickFolder, id+packed, func(w io.Writer) error {
		held = b.Pack(w, id)
		return held
	})
	if held != nil {
		return held
	}
	return withoutName(err)
}

// Brought is a pack on a stick.
type Brought struct {
	Name  string // of its file
	Title string // "" when it cannot be read
	Err   error  // why not: wraps a sentinel of package lesson
}

// OnStick lists the packs that a stick brings; no stick brings none. Only
// their descriptions are read.
func OnStick(stick string) []Brought {
	root, err := os.OpenRoot(stick)
	if err != nil {
		return nil
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), StickFolder)
	if err != nil {
		return nil
	}
	var list []Brought
	for _, e := range entries[:min(len(entries), maxListed)] {
		if strings.HasSuffix(e.Name(), packed) && !strings.HasPrefix(e.Name(), ".") && e.Type().IsRegular() {
			list = append(list, look(filepath.Join(stick, StickFolder), e.Name()))
		}
	}
	slices.SortFunc(list, func(x, y Brought) int { return cmp.Or(cmp.Compare(x.Title, y.Title), cmp.Compare(x.Name, y.Name)) })
	return list
}

func look(dir, name string) Brought {
	files, done, err := lesson.OpenFiles(filepath.Join(dir, name))
	if err != nil {
		return Brought{name, "", err}
	}
	defer done()
	f, err := files.Open(metaFile)
	if err != nil {
		return Brought{name, "", lesson.ErrMissing}
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, 256<<10+1))
	if err != nil {
		return Brought{name, "", lesson.ErrFormat}
	}
	m, err := lesson.ParseMeta(raw)
	return Brought{name, m.Title, err}
}

// Take keeps a lesson that a stick brings as one of this station, and returns
// its identifier: another one than the pack's when a lesson of taken has that.
// It fails with [ErrUnknown], [ErrHere], [ErrFull], [ErrLicence],
// importer.ErrSpace, or as reading a lesson does.
func (b *Book) Take(name, stick string, have func(hash string) bool, taken func(id string) bool) (string, error) {
	if !slices.ContainsFunc(OnStick(stick), func(p Brought) bool { return p.Name == name }) {
		return "", ErrUnknown
	}
	files, done, err := lesson.OpenFiles(filepath.Join(stick, StickFolder, name))
	if err != nil {
		return "", err
	}
	defer done()
	l, err := asWritten(files)
	switch {
	case err != nil:
		return "", err
	case have(l.Hash):
		return "", ErrHere
	case !Adaptable(l.Licence):
		return "", ErrLicence
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	m := l.Meta
	m.ID = b.name(m.ID, taken)
	return m.ID, b.make(m, files)
}
