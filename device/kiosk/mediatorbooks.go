package kiosk

import (
	"errors"
	"net/http"

	"github.com/mallette-kit/mallette/device/lesson/zim/book"
)

// Bringer brings books from a stick to the station, one at a time. It is safe
// for concurrent use.
type Bringer interface {
	// Begin starts with a file that [Bringer.Offers] named, unless one is under way.
	Begin(name string)
	// Stop gives up the one that is under way: nothing of it stays.
	Stop()
	// Bringing is the one under way, or the last since the launcher started.
	Bringing() Bringing
	// Offers is what a stick in a folder has.
	Offers(dir string) []book.Offer
	// Free is how many bytes books may still take.
	Free() (int64, error)
}

// Bringing is how far one is.
type Bringing struct {
	Begun       bool // there was one
	Running     bool
	Done, Total int64  // in whatever unit; no total: not known yet
	Title       string // of the book that came; "" while none has
	Problem     error  // errors of device/lesson/zim, …/book and …/importer, and those of [Stick]
}

// Books is the pages where a mediator brings books to the station and removes
// them. Stick may be nil, the other fields are required.
type Books struct {
	Mediator *Mediator // whose door guards the pages; mounted before
	Shelf    *book.Shelf
	Bringer  Bringer
	Stick    Stick // nil: none can be plugged in

	*Server
}

const booksRoot = "/mediateur/livres"

// Mount implements [Part].
func (b *Books) Mount(s *Server) {
	b.Server, b.Mediator.books = s, true
	for pattern, h := range map[string]Handler{
		"GET " + booksRoot:                       b.list,
		"POST " + booksRoot + "/prendre":         b.begin,
		"POST " + booksRoot + "/arreter":         b.stop,
		"POST " + booksRoot + "/{livre}/retirer": b.remove,
	} {
		s.Handle(pattern, b.Mediator.orAsked(h))
	}
}

// booksPage is the books of the station and those of a stick.
type booksPage struct {
	frame
	Bringing
	Books   []*book.Book
	Offers  []book.Offer
	Carried bool // a stick can be there
	NoStick string
	Free    int64 // less than zero: nobody knows
	Wrong   string
	Gone    bool // a book was just removed
	Calm    bool
}

func (b *Books) list(w http.ResponseWriter, r *http.Request) error {
	return b.show(w, r, http.StatusOK, "")
}

func (b *Books) show(w http.ResponseWriter, r *http.Request, status int, wrong string) error {
	q := r.URL.Query()
	p := booksPage{
		frame: b.Mediator.frame(r, "catalogue"), Bringing: b.Bringer.Bringing(), Books: b.Shelf.Books(),
		Carried: b.Stick != nil, Wrong: wrong, Gone: q.Get("fait") == "retire", Calm: q.Get("calme") != "",
	}
	var err error
	if p.Free, err = b.Bringer.Free(); err != nil {
		p.Free = -1
	}
	switch {
	case !p.Running:
		b.look(r, &p)
	case !p.Calm:
		w.Header().Set("Refresh", errandRefresh)
	}
	if p.Wrong == "" && !p.Running {
		p.Wrong = bookProblem(p.Problem)
	}
	return b.Render(w, r, status, "mediator/books", p)
}

// look asks the stick, while nobody else does.
func (b *Books) look(r *http.Request, p *booksPage) {
	if b.Stick == nil {
		return
	}
	err := b.Stick.Use(r.Context(), func(dir string) error {
		p.Offers = b.Bringer.Offers(dir)
		return nil
	})
	if err != nil {
		p.NoStick = stickProblem(err)
	}
}

func (b *Books) begin(w http.ResponseWriter, r *http.Request) error {
	b.Bringer.Begin(r.PostForm.Get("fichier"))
	return SeeOther(w, r, booksRoot)
}

func (b *Books) stop(w http.ResponseWriter, r *http.Request) error {
	b.Bringer.Stop()
	return SeeOther(w, r, booksRoot)
}

// remove takes a book away; one of the fleet stays.
func (b *Books) remove(w http.ResponseWriter, r *http.Request) error {
	err := b.Shelf.Remove(r.PathValue("livre"))
	switch {
	case errors.Is(err, book.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, book.ErrSigned):
		return b.show(w, r, http.StatusConflict, "Ce livre vient de votre coordination : il ne s’enlève pas d’ici.")
	case err != nil:
		return err
	}
	return SeeOther(w, r, booksRoot+"?fait=retire")
}
