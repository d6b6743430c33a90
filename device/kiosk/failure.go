package kiosk

import (
	"errors"
	"net/http"
)

// What a handler may return; anything else counts as [ErrBroken].
var (
	// ErrNotFound says that there is no such page, lesson or step.
	ErrNotFound = errors.New("no such page")
	// ErrForbidden says that a form did not come from a page of ours.
	ErrForbidden = errors.New("not from our page")
	// ErrBadForm says that a form cannot be read.
	ErrBadForm = errors.New("unreadable form")
	// ErrBroken says that the station made a mistake.
	ErrBroken = errors.New("page broken")
)

// failure is what people see of an error: a status and the key of its words.
type failure struct {
	Status int
	Key    string
}

func failureOf(err error) failure {
	switch {
	case errors.Is(err, ErrNotFound):
		return failure{http.StatusNotFound, "notfound"}
	case errors.Is(err, ErrForbidden):
		return failure{http.StatusForbidden, "forbidden"}
	case errors.Is(err, ErrBadForm):
		return failure{http.StatusBadRequest, "badform"}
	}
	return failure{http.StatusInternalServerError, "broken"}
}

// errKind keeps what a reading error says about size and drops what it quotes.
func errKind(err error) string {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return "over the limit"
	}
	return "syntax"
}

// fail answers with the page for err, and logs what is the station's fault.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := failureOf(err)
	if f.Status == http.StatusInternalServerError {
		s.Log.Error("page failed", "route", r.Pattern, "err", err)
	}
	if rerr := s.Render(w, r, f.Status, "failure", f); rerr != nil {
		s.Log.Error("failure page failed", "err", rerr)
		http.Error(w, "Cette page ne marche pas. Appelez la personne qui vous accompagne.", http.StatusInternalServerError)
	}
}
