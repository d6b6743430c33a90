package edit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// show makes a lesson's folder hold what its draft says, whole or not at all.
func (b *Book) show(d Draft) error {
	files, done, err := b.files(d)
	if err != nil {
		return err
	}
	defer done()
	if _, err := lesson.Read(files); err != nil {
		return fmt.Errorf("%w: %w", ErrHeld, err)
	}
	return b.settle(d.ID, files, b.folderOf(d.ID))
}

// settle makes the folder of a lesson. What lies in the folder from already is
// linked and not copied; from may be "".
func (b *Book) settle(id string, files fs.FS, from string) (err error) {
	landing, err := importer.Land(b.lessons)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, landing.Leave()) }()
	made := landing.Path(id)
	if err := os.Mkdir(made, 0o755); err != nil {
		return fmt.Errorf("make lesson folder: %w", err)
	}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return withoutName(err)
		}
		to := filepath.Join(made, filepath.FromSlash(name))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		return lay(files, name, to, from)
	})
	if err != nil {
		return fmt.Errorf("write lesson: %w", withoutName(err))
	}
	return landing.Settle(id, id)
}

// lay puts one file in its place.
func lay(files fs.FS, name, to, from string) error {
	if t, ok := files.(*tree); ok && from != "" {
		if _, ours := t.texts[name]; !ours && os.Link(filepath.Join(from, filepath.FromSlash(name)), to) == nil {
			return nil
		}
	}
	in, err := files.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// shown says whether a lesson's folder holds what its draft says.
func (b *Book) shown(d Draft) bool {
	texts, err := d.texts()
	if err != nil {
		return false
	}
	root, err := os.OpenRoot(b.folderOf(d.ID))
	if err != nil {
		return false
	}
	defer root.Close()
	names := 0
	same := true
	_ = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		want, ours := texts[name]
		switch {
		case ours:
			names++
			have, err := fs.ReadFile(root.FS(), name)
			same = same && err == nil && bytes.Equal(have, want)
		case !d.carries(name):
			same = false
		}
		return nil
	})
	return same && names == len(texts)
}

// Resume makes good what a power cut interrupted: a draft newer than its
// folder is shown, and what was never finished goes away.
func (b *Book) Resume() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all error
	for _, id := range b.ids() {
		all = errors.Join(all, b.resume(id))
	}
	return errors.Join(all, b.sweep())
}

func (b *Book) resume(id string) error {
	if isDir(b.asideOf(id)) {
		return nil
	}
	d, err := b.load(id)
	if err != nil || b.shown(d) {
		return err
	}
	if d.New && !isDir(b.folderOf(id)) { // it was never finished
		return remove(b.dir, b.draftOf(id))
	}
	if err := b.show(d); !errors.Is(err, ErrHeld) {
		return err
	}
	return nil
}

// sweep takes away folders put aside that have no draft any more.
func (b *Book) sweep() error {
	entries, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list drafts: %w", err)
	}
	ids := b.ids()
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(ids, e.Name()) {
			err = errors.Join(err, remove(b.dir, filepath.Join(b.dir, e.Name())))
		}
	}
	return err
}

// remove takes a file or a folder away for good.
func remove(dir, name string) error {
	if err := os.RemoveAll(name); err != nil {
		return fmt.Errorf("remove from lessons: %w", err)
	}
	return durable.SyncDir(dir)
}
