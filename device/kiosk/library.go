package kiosk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/device/lesson/zim/book"
)

const libraryRoot = "/bibliotheque"

// Library is the pages of the books of the station: encyclopaedias and manuals
// that were imported. Shelf is required.
//
// A book is shown inside a page of ours, so that the way back is always there.
// Its own bytes come from below /contenu, under a policy that lets nothing run.
type Library struct {
	Shelf *book.Shelf
	*Server
	buffers sync.Pool // *[]byte
}

// Mount implements [Part].
func (l *Library) Mount(s *Server) {
	l.Server, s.library = s, l
	for pattern, h := range map[string]Handler{
		"GET " + libraryRoot:                               l.shelves,
		"GET " + libraryRoot + "/{livre}":                  l.cover,
		"GET " + libraryRoot + "/{livre}/lire/{chemin...}": l.read,
	} {
		s.Handle(pattern, s.during(h))
	}
	s.Handle("GET "+libraryRoot+"/{livre}/contenu/{chemin...}", s.during(l.content))
}

// onPage is how many titles a page of the list shows, and how many hits.
const (
	onPage   = 60
	mostHits = 20
)

// foundInBook is a page of a book that speaks of what was asked.
type foundInBook struct {
	book.Hit
	Book *book.Book
}

// URL is where the page is read.
func (f foundInBook) URL() string { return readURL(f.Book, f.Path) }

// titled is a page in the list of a book.
type titled struct{ Title, URL string }

func bookURL(b *book.Book) string { return libraryRoot + "/" + b.Short() }

func readURL(b *book.Book, path string) string { return bookURL(b) + "/lire/" + escaped(path) }

func contentURL(b *book.Book, path string) string { return bookURL(b) + "/contenu/" + escaped(path) }

func escaped(path string) string { return (&url.URL{Path: "/" + path}).EscapedPath()[1:] }

// full says whether there is a book to read.
func (l *Library) full() bool { return l != nil && len(l.Shelf.Books()) > 0 }

// find asks every book; a station without books has none to ask.
func (l *Library) find(asked string) ([]foundInBook, error) {
	if !l.full() {
		return nil, nil
	}
	return searchBooks(l.Shelf.Books(), asked)
}

// shelves lists the books or, for words to search, their pages that hold them.
func (l *Library) shelves(w http.ResponseWriter, r *http.Request) error {
	books := l.Shelf.Books()
	asked := strings.TrimSpace(r.URL.Query().Get("mots"))
	hits, err := searchBooks(books, asked)
	if err != nil {
		return err
	}
	return l.Render(w, r, http.StatusOK, "library/shelves", map[string]any{"Books": books, "Asked": asked, "Hits": hits, "Root": libraryRoot})
}

// searchBooks asks every book, and takes the best of each in turn.
func searchBooks(books []*book.Book, asked string) (hits []foundInBook, err error) {
	if asked == "" {
		return nil, nil
	}
	found := make([][]book.Hit, len(books))
	for i, b := range books {
		if found[i], err = b.Search(asked, mostHits); err != nil {
			return nil, err
		}
	}
	for n := range mostHits {
		for i, b := range books {
			if n < len(found[i]) && len(hits) < mostHits {
				hits = append(hits, foundInBook{found[i][n], b})
			}
		}
	}
	return hits, nil
}

func (l *Library) bookOf(r *http.Request) (*book.Book, error) {
	b, ok := l.Shelf.Book(r.PathValue("livre"))
	if !ok {
		return nil, ErrNotFound
	}
	return b, nil
}

// cover says what a book is, searches in it and lists its pages.
func (l *Library) cover(w http.ResponseWriter, r *http.Request) error {
	b, err := l.bookOf(r)
	if err != nil {
		return err
	}
	asked := strings.TrimSpace(r.URL.Query().Get("mots"))
	hits, err := searchBooks([]*book.Book{b}, asked)
	if err != nil {
		return err
	}
	pages := (b.Pages() + onPage - 1) / onPage
	n, _ := strconv.Atoi(r.URL.Query().Get("page"))
	n = min(max(n, 1), max(pages, 1))
	list, err := titles(b, (n-1)*onPage)
	if err != nil {
		return err
	}
	return l.Render(w, r, http.StatusOK, "library/book", map[string]any{
		"Book": b, "Asked": asked, "Hits": hits, "Root": bookURL(b), "Begin": bookURL(b) + "/lire/",
		"Titles": list, "N": n, "Of": pages, "Before": n - 1, "After": n + 1,
	})
}

func titles(b *book.Book, from int) (list []titled, err error) {
	for i := from; i < min(from+onPage, b.Pages()); i++ {
		e, err := b.Page(i)
		if err != nil {
			return nil, err
		}
		list = append(list, titled{e.Title, readURL(b, e.Path)})
	}
	return list, nil
}

// read shows a page of a book in a frame, below the station's own bar.
func (l *Library) read(w http.ResponseWriter, r *http.Request) error {
	b, err := l.bookOf(r)
	if err != nil {
		return err
	}
	e, err := entryOf(b, r.PathValue("chemin"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", policy+"; frame-src 'self'")
	return l.Render(w, r, http.StatusOK, "library/read", map[string]any{
		"Book": b, "Title": e.Title, "Root": bookURL(b), "Frame": contentURL(b, e.Path),
	})
}
