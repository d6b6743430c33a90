// Package mallard makes lessons of help written in Mallard, as GNOME's is: each
// task page becomes a native lesson whose screens are its steps.
//
//	r, err := mallard.Importer{}.Import(ctx, "/usr/share/help/fr/gnome-help", "lessons")
//
// What a lesson cannot hold is said, not lost: a link becomes its words (a
// lesson leads on by its own buttons), a picture that says nothing is left
// out, and what depends on another desktop is decided once. Authors,
// translators and licence go with each lesson. The help is somebody else's
// work and read as hostile: no file outside its folder or its untranslated
// twin, no entity, no script, nothing larger than the limits.
//
// It makes steps, a sheet to do it again, and pictures; the other slots of a
// lesson stay empty, and the gate says so.
package mallard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/importer"
)

var (
	// ErrFormat says that a page is not Mallard.
	ErrFormat = errors.New("not a mallard page")
	// ErrLicence says that a page may not be taken over and changed.
	ErrLicence = errors.New("licence does not allow a lesson to be made")
	// ErrTooLarge says that something is over the limits.
	ErrTooLarge = errors.New("over the limits of a help folder")
)

const (
	maxPages  = 5000
	maxPage   = 1 << 20
	maxFigure = 1 << 20
	prefix    = "aide-"
	most      = 40 << 20 // bytes that a help makes of lessons, at a guess

	maxIDs     = 40 // signs of an identifier, as device/lesson
	maxScreens = 40
)

// Importer makes lessons of a folder of Mallard pages. Its zero value is ready.
type Importer struct{}

// help is a folder being imported.
type help struct {
	name   string
	lang   string
	roots  []*os.Root // the folder, and its untranslated twin for pictures
	titles map[string]string
	report importer.Report
}

// Import makes a folder in into for each task page of the folder named from.
// All of them are made before the first is put there; an older import of the
// same page is replaced.
func (Importer) Import(ctx context.Context, from, into string) (r importer.Report, err error) {
	h, err := open(from)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	landing, err := importer.Land(into)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, landing.Leave()) }()
	if err := importer.Room(into, most); err != nil {
		return r, err
	}
	pages, err := h.read(ctx)
	if err != nil {
		return r, err
	}
	for _, p := range pages {
		if err := h.make(ctx, p, landing); err != nil {
			return importer.Report{}, fmt.Errorf("page %s: %w", p.id, err)
		}
	}
	if len(h.report.Made) == 0 {
		return importer.Report{}, importer.ErrNothing
	}
	for _, id := range h.report.Made {
		if err := landing.Settle(id, id); err != nil {
			return importer.Report{}, err
		}
	}
	h.report.Title, h.report.Pages = h.name, len(h.report.Made)
	return h.report, nil
}

func open(from string) (*help, error) {
	from, err := filepath.Abs(from)
	if err != nil {
		return nil, fmt.Errorf("open help: %w", err)
	}
	h := &help{name: filepath.Base(from), lang: filepath.Base(filepath.Dir(from)), titles: map[string]string{}}
	root, err := os.OpenRoot(from)
	if err != nil {
		return nil, fmt.Errorf("open help: %w", err)
	}
	h.roots = append(h.roots, root)
	twin := filepath.Join(filepath.Dir(filepath.Dir(from)), "C", h.name)
	if root, err := os.OpenRoot(twin); err == nil && twin != from {
		h.roots = append(h.roots, root)
	}
	return h, nil
}

func (h *help) close() (err error) {
	for _, root := range h.roots {
		err = errors.Join(err, root.Close())
	}
	return err
}

// read parses every page; links are told by the titles of all of them.
func (h *help) read(ctx context.Context) (tasks []*page, err error) {
	names, err := fs.Glob(h.roots[0].FS(), "*.page")
	if err != nil || len(names) > maxPages {
		return nil, fmt.Errorf("list pages: %w", errors.Join(err, ErrTooLarge))
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := h.page(name)
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", strings.TrimSuffix(name, ".page"), err)
		}
		h.titles[p.id] = p.title()
		if p.task() {
			tasks = append(tasks, p)
		} else {
			h.report.Left++
		}
	}
	return tasks, nil
}

// file reads a plain file of the help, from its twin when it has none.
func (h *help) file(name string, limit int) ([]byte, error) {
	var last error
	for _, root := range h.roots {
		raw, err := readPlain(root, name, limit)
		if err == nil {
			return raw, nil
		}
		last = err
	}
	return nil, last
}

// make writes one lesson in the landing, and reads it as a station will.
func (h *help) make(ctx context.Context, p *page, landing *importer.Landing) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := h.write(p)
	if err != nil {
		return err
	}
	if slices.Contains(h.report.Made, w.meta.ID) {
		return fmt.Errorf("two pages of one name: %w", ErrFormat)
	}
	dir := landing.Path(w.meta.ID)
	if err := w.save(dir); err != nil {
		return err
	}
	if _, err := lesson.Read(os.DirFS(dir)); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	h.report.Made = append(h.report.Made, w.meta.ID)
	h.report.Other += len(w.figures)
	h.report.Remote += w.remote
	return nil
}
