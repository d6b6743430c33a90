package book

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// MaxBooks is how many books a station opens.
const MaxBooks = 100

var (
	// ErrSigned says that a book is the fleet's, which alone takes it away.
	ErrSigned = errors.New("book is the fleet's")
	// ErrFull says that a station has as many books as it opens.
	ErrFull = errors.New("shelf is full")
)

// Shelf is the books of a station. It looks again when a folder changes, so
// that a book that was brought in is there at the next page. Dir is required;
// the folders may not exist yet. It is safe for concurrent use.
type Shelf struct {
	Dir   string       // books that somebody brought
	Fleet string       // books that the fleet lists; "" where there are none
	Log   *slog.Logger // told of books that cannot be opened; nil: nobody is

	mu    sync.Mutex
	seen  [2]time.Time
	books []*Book
}

// Books returns the books in the order of their titles.
func (s *Shelf) Books() []*Book {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := [2]time.Time{changed(s.Fleet), changed(s.Dir)}; now != s.seen {
		s.seen = now
		s.look()
	}
	return slices.Clone(s.books)
}

// changed is when a folder changed; zero for one that is not there.
func changed(dir string) time.Time {
	info, err := os.Stat(dir)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
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

// Remove takes a book off the shelf for good. Who reads in it can finish the
// page. It fails with [ErrNotFound], and with [ErrSigned] for one of the fleet.
func (s *Shelf) Remove(short string) error {
	b, ok := s.Book(short)
	switch {
	case !ok:
		return ErrNotFound
	case b.Signed:
		return ErrSigned
	}
	if err := os.Remove(filepath.Join(s.Dir, b.ID+Ext)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove book: %w", err)
	}
	return durable.SyncDir(s.Dir)
}

// Short is what addresses call the book.
func (b *Book) Short() string { return b.ID[:min(len(b.ID), 16)] }

// look opens the books that are new. One that was taken away stays open for
// whoever still reads in it.
func (s *Shelf) look() {
	was := s.books
	s.books = nil
	s.lookIn(s.Fleet, was, true)
	s.lookIn(s.Dir, was, false)
	slices.SortFunc(s.books, func(a, b *Book) int { return cmp.Or(cmp.Compare(a.Meta.Title, b.Meta.Title), cmp.Compare(a.ID, b.ID)) })
}

func (s *Shelf) lookIn(dir string, was []*Book, signed bool) {
	names, err := filepath.Glob(filepath.Join(dir, "*"+Ext))
	if dir == "" || err != nil {
		return
	}
	for _, name := range names {
		id := strings.TrimSuffix(filepath.Base(name), Ext)
		if len(s.books) >= MaxBooks || slices.ContainsFunc(s.books, func(b *Book) bool { return b.ID == id }) {
			continue
		}
		i := slices.IndexFunc(was, func(b *Book) bool { return b.ID == id && b.Signed == signed })
		if i >= 0 {
			s.books = append(s.books, was[i])
			continue
		}
		s.open(name, signed)
	}
}

func (s *Shelf) open(name string, signed bool) {
	b, err := Open(name)
	if err == nil {
		b.Signed = signed
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
