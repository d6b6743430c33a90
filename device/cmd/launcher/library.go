package main

import (
	"path/filepath"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
)

// libraryDir holds the books that were imported.
const libraryDir = "library"

// library is the pages of the station's books, which may come and go.
func (s *station) library() *kiosk.Library {
	return &kiosk.Library{Shelf: &book.Shelf{Dir: filepath.Join(s.p.Data, libraryDir), Log: s.log}}
}
