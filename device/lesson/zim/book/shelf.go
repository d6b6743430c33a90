package book

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxBooks bounds how many books a station opens.
const maxBooks = 100

// Shelf is the books in a folder. It looks again when the folder changes, so
// that a book that was brought in is there at the next page. Dir is required;
// the folder may not exist yet. It is safe for concurrent use.
type Shelf struct {
	Dir string
	Log *slog.Logger // told of books that cannot be opened; nil: nobody is

	mu    sync.Mutex
	seen  time.Time
	books []*Book
}

// Books returns the books in the order of their titles.
func (s *Shelf) Books() []*Book {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.Dir)
	if err != nil {
		s.books, s.seen = nil, time.Time{}
		return nil
	}
	if !info.ModTime().Equal(s.seen) {
		s.seen = info.ModTime()
		s.look()
	}
	return slices.Clone(s.books)
}

// Book finds a book by the beginning of its name, sixteen signs.
func (s *Shelf) Book(short string) (*Book, bool) {
	for _, b := range s.Books() {
		if b.Short() == short {
			return b, true
		}
	}
	return nil, false
}

// Short is what addresses call the book.
func (b *Book) Short() string { return b.ID[:min(len(b.ID), 16)] }

// look opens the books that are new. One that was taken away stays open for
// whoever still reads in it.
func (s *Shelf) look() {
	names, err := filepath.Glob(filepath.Join(s.Dir, "*"+Ext))
	if err != nil {
		return
	}
	was := s.books
	s.books = nil
	for _, name := range names[:min(len(names), maxBooks)] {
		id := strings.TrimSuffix(filepath.Base(name), Ext)
		i := slices.IndexFunc(was, func(b *Book) bool { return b.ID == id })
		if i >= 0 {
			s.books = append(s.books, was[i])
			continue
		}
		s.open(name)
	}
	slices.SortFunc(s.books, func(a, b *Book) int { return cmp.Or(cmp.Compare(a.Meta.Title, b.Meta.Title), cmp.Compare(a.ID, b.ID)) })
}

func (s *Shelf) open(name string) {
	b, err := Open(name)
	if err == nil {
		s.books = append(s.books, b)
		return
	}
	if s.Log != nil {
		s.Log.Warn("book not shown", "err", plainError(err))
	}
}

// plainError leaves names out of what is logged.
func plainError(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
