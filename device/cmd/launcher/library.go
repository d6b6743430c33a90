package main

import (
	"path/filepath"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
)

const (
	libraryDir = "library" // the books that were brought
	booksDir   = "books"   // those that the fleet lists
)

// openLibrary clears what a power cut left of a book on its way.
func (s *station) openLibrary() {
	dir := filepath.Join(s.p.Data, libraryDir)
	if err := importer.Clear(dir); err != nil {
		s.log.Warn("interrupted import not cleared", "err", plain(err))
	}
	s.shelf = &book.Shelf{Dir: dir, Fleet: filepath.Join(s.p.Data, booksDir), Log: s.log}
	s.bringing = newBringing(s.shelf, s.stick(), s.log)
}

// library is the pages of the station's books, which may come and go.
func (s *station) library() *kiosk.Library { return &kiosk.Library{Shelf: s.shelf} }

// books are the pages where the mediator brings and removes them.
func (s *station) books(m *kiosk.Mediator) *kiosk.Books {
	return &kiosk.Books{Mediator: m, Shelf: s.shelf, Bringer: s.bringing, Stick: s.stick()}
}
