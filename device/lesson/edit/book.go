package edit

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// maxOwn bounds how many lessons a station makes, those put aside included.
const maxOwn = 100

const ending = ".json"

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Book is the lessons that were made at a station. It is safe for concurrent
// use.
type Book struct {
	lessons string // where the station reads lessons: a folder for each
	dir     string // drafts, and the folders of lessons put aside

	mu sync.Mutex
}

// Open opens the lessons made at a station. lessons and dir are on the same
// disk and may not exist yet. The caller calls [Book.Resume] once.
func Open(lessons, dir string) *Book { return &Book{lessons: lessons, dir: dir} }

// Listed is a lesson made at the station.
type Listed struct {
	ID, Title string
	Held      bool // what was typed last is kept and not shown
	Aside     bool // it was put aside
}

// List returns the lessons by their titles. One whose draft cannot be read is
// left out.
func (b *Book) List() []Listed {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []Listed
	for _, id := range b.ids() {
		d, err := b.load(id)
		if err != nil {
			continue
		}
		l := Listed{ID: id, Title: cmp.Or(strings.TrimSpace(d.About.Title), d.base().Title), Aside: isDir(b.asideOf(id))}
		l.Held = !l.Aside && !b.shown(d)
		list = append(list, l)
	}
	slices.SortFunc(list, func(x, y Listed) int { return cmp.Or(cmp.Compare(x.Title, y.Title), cmp.Compare(x.ID, y.ID)) })
	return list
}

// ids are the lessons that have a draft.
func (b *Book) ids() []string {
	var list []string
	names, _ := filepath.Glob(filepath.Join(b.dir, "[a-z]*"+ending))
	for _, name := range names {
		if id := strings.TrimSuffix(filepath.Base(name), ending); idForm.MatchString(id) {
			list = append(list, id)
		}
	}
	return list
}

// Owns says whether a lesson was made here.
func (b *Book) Owns(id string) bool {
	if !idForm.MatchString(id) {
		return false
	}
	_, err := os.Stat(b.draftOf(id))
	return err == nil
}

// Get returns the draft of a lesson that is not put aside. held says that it
// is not what the station shows.
func (b *Book) Get(id string) (d Draft, held bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d, err = b.current(id); err != nil {
		return Draft{}, false, err
	}
	return d, !b.shown(d), nil
}

func (b *Book) current(id string) (Draft, error) {
	if !idForm.MatchString(id) || isDir(b.asideOf(id)) {
		return Draft{}, ErrUnknown
	}
	return b.load(id)
}

func (b *Book) load(id string) (Draft, error) {
	f, err := os.Open(b.draftOf(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Draft{}, ErrUnknown
	}
	if err != nil {
		return Draft{}, fmt.Errorf("open draft: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxDraft+1))
	if err != nil {
		return Draft{}, fmt.Errorf("read draft: %w", err)
	}
	d, err := parseDraft(raw)
	if err == nil && d.ID != id {
		err = ErrDraft
	}
	return d, err
}

func (b *Book) draftOf(id string) string  { return filepath.Join(b.dir, id+ending) }
func (b *Book) asideOf(id string) string  { return filepath.Join(b.dir, id) }
func (b *Book) folderOf(id string) string { return filepath.Join(b.lessons, id) }

func isDir(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.IsDir()
}

// save puts a draft on the disk.
func (b *Book) save(d Draft) error {
	raw, err := d.encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return fmt.Errorf("make drafts folder: %w", err)
	}
	return durable.Replace(b.draftOf(d.ID), raw, 0o644)
}

// Change applies a change to a draft, keeps it, and shows it when a station
// can: see [ErrHeld]. An error of change itself changes nothing.
func (b *Book) Change(id string, change func(*Draft) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, err := b.current(id)
	if err != nil {
		return err
	}
	next := d.clone()
	if err := change(&next); err != nil {
		return err
	}
	next.forget()
	slices.Sort(next.Gone)
	next.Gone, next.New = slices.Compact(next.Gone), false
	if err := b.save(next); err != nil {
		return err
	}
	return b.show(next)
}

// Files opens a draft as the files of a lesson, whether a station would show
// it or not. The caller calls done.
func (b *Book) Files(id string) (files fs.FS, done func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, err := b.current(id)
	if err != nil {
		return nil, nil, err
	}
	return b.files(d)
}

func (b *Book) files(d Draft) (fs.FS, func(), error) {
	media, done, err := b.media(d.ID)
	if err != nil {
		return nil, nil, err
	}
	texts, err := d.texts()
	if err != nil {
		done()
		return nil, nil, err
	}
	t, err := plant(texts, media, d.carries)
	if err != nil {
		done()
		return nil, nil, err
	}
	return t, done, nil
}

// media opens the folder of a lesson; a folder that was lost is an empty one.
func (b *Book) media(id string) (fs.FS, func(), error) {
	if !isDir(b.folderOf(id)) {
		return &tree{}, func() {}, nil
	}
	media, done, err := lesson.OpenFiles(b.folderOf(id))
	if err != nil {
		return nil, nil, fmt.Errorf("open lesson folder: %w", withoutName(err))
	}
	return media, done, nil
}

// texts are the files that a draft holds itself.
func (d Draft) texts() (map[string][]byte, error) {
	raw, err := d.meta().YAML()
	if err != nil {
		return nil, err
	}
	texts := map[string][]byte{metaFile: raw}
	for name, words := range d.Texts {
		texts[name] = []byte(words)
	}
	return texts, nil
}

const metaFile = "lesson.yaml"

// carries says whether a file of the folder is the draft's besides its texts.
func (d Draft) carries(name string) bool {
	return name != metaFile && filepath.Ext(name) != ".md" && !d.gone(name)
}
