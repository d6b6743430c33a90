package edit

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/cycle"
	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// adapted ends the title of a lesson that has just been made from another.
const adapted = " (adaptée)"

// locally is who adapted a lesson where no structure has a name.
const locally = "adaptée localement"

// Adaptable says whether a licence lets others change a lesson. One that
// nobody knows does not.
func Adaptable(licence string) bool {
	return slices.Contains([]string{"etalab_2_0", "cc_by_sa_4_0", "cc_by_nc_sa_4_0"}, licence)
}

// Derive makes a lesson from another one and returns its identifier, which no
// lesson of taken has. Licence, origin and authors stay; structure, or words
// for a station of none, is added to the authors. It fails with [ErrLicence],
// [ErrFull], and importer.ErrSpace.
func (b *Book) Derive(from *lesson.Lesson, structure string, taken func(id string) bool) (string, error) {
	if !Adaptable(from.Licence) {
		return "", ErrLicence
	}
	files, done, err := from.Files()
	if err != nil {
		return "", fmt.Errorf("open lesson: %w", err)
	}
	defer done()
	parent, err := asWritten(files)
	if err != nil {
		return "", fmt.Errorf("read lesson: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	id := b.name(parent.ID+" adaptee", taken)
	return id, b.make(derived(parent, id, structure), files)
}

// asWritten reads a lesson whose description is as its author typed it, before
// the signs of its language were put in.
func asWritten(files fs.FS) (*lesson.Lesson, error) {
	l, err := lesson.Read(files)
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(files, metaFile)
	if err != nil {
		return nil, withoutName(err)
	}
	l.Meta, err = lesson.ParseMeta(raw)
	return l, err
}

// name makes an identifier that is free on the station and in the book.
func (b *Book) name(words string, taken func(id string) bool) string {
	return cycle.Name(words, func(id string) bool {
		_, err := os.Lstat(b.folderOf(id))
		return taken(id) || err == nil || b.Owns(id) || isDir(b.asideOf(id))
	})
}

// derived is the description of a lesson made from parent.
func derived(parent *lesson.Lesson, id, structure string) lesson.Meta {
	who := strings.Join(strings.Fields(clean(structure)), " ")
	if who == "" {
		who = locally
	}
	authors := slices.Clone(parent.Authors)
	if !slices.Contains(authors, who) {
		authors = append(authors[:min(len(authors), 19)], who)
	}
	m := parent.Derive(id, authors...)
	m.Lineage[0].Changes = "Adaptée avec l’éditeur d’un poste."
	if title := m.Title + adapted; len([]rune(title)) <= 80 && !strings.HasSuffix(m.Title, adapted) {
		m.Title = title
	}
	return m
}

// make puts a new lesson on the disk: the draft, then what the station shows.
func (b *Book) make(m lesson.Meta, files fs.FS) error {
	if len(b.ids()) >= maxOwn {
		return ErrFull
	}
	d, err := draftOf(m, files)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.lessons, 0o755); err != nil {
		return fmt.Errorf("make lessons folder: %w", err)
	}
	if err := importer.Room(b.lessons, weight(files)); err != nil {
		return err
	}
	if err := b.save(d); err != nil {
		return err
	}
	texts, err := d.texts()
	if err != nil {
		return err
	}
	t, err := plant(texts, files, d.carries)
	if err != nil {
		return err
	}
	if _, err := lesson.Read(t); err != nil {
		_ = os.Remove(b.draftOf(m.ID)) // Resume would remove it too
		return fmt.Errorf("read lesson: %w", err)
	}
	return b.settle(m.ID, t, "")
}

// draftOf takes the texts of a lesson into a draft.
func draftOf(m lesson.Meta, files fs.FS) (Draft, error) {
	raw, err := m.YAML()
	if err != nil {
		return Draft{}, err
	}
	d := Draft{V: draftVersion, ID: m.ID, New: true, Meta: string(raw), About: aboutOf(m), Steps: m.StepFiles, Assets: m.Assets, Texts: map[string]string{}}
	err = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) != ".md" {
			return err
		}
		words, err := fs.ReadFile(files, name)
		d.Texts[name] = string(words)
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("read lesson: %w", withoutName(err))
	}
	return d, nil
}

// weight is how many bytes a lesson has.
func weight(files fs.FS) int64 {
	var n int64
	_ = fs.WalkDir(files, ".", func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}

// PutAside takes a lesson away from what the station shows; see [Book.Restore].
func (b *Book) PutAside(id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.current(id); err != nil {
		return err
	}
	if !isDir(b.folderOf(id)) {
		return ErrUnknown
	}
	return b.move(b.folderOf(id), b.asideOf(id))
}

// Restore shows a lesson again that was put aside.
func (b *Book) Restore(id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.Owns(id) || !isDir(b.asideOf(id)) {
		return ErrUnknown
	}
	if err := os.MkdirAll(b.lessons, 0o755); err != nil {
		return fmt.Errorf("make lessons folder: %w", err)
	}
	return b.move(b.asideOf(id), b.folderOf(id))
}

func (b *Book) move(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("move lesson: %w", withoutName(err))
	}
	if err := durable.SyncDir(filepath.Dir(to)); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(from))
}

// Erase takes a lesson that was put aside away for good.
func (b *Book) Erase(id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.Owns(id) || !isDir(b.asideOf(id)) {
		return ErrUnknown
	}
	if err := remove(b.dir, b.draftOf(id)); err != nil { // Resume does the rest
		return err
	}
	return remove(b.dir, b.asideOf(id))
}
