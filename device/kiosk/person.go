package kiosk

import (
	"fmt"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// during shows h to somebody whose session is on, and the welcome page to
// anybody else: nothing is offered before the notice has been seen. A mediator
// who prepares sees lessons as people do; that counts nowhere.
func (s *Server) during(h Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !s.Session.Active() {
			if s.previewOf(r) != "" {
				return h(w, r)
			}
			return SeeOther(w, r, "/")
		}
		s.Session.Touch()
		return h(w, r)
	}
}

func notFound(http.ResponseWriter, *http.Request) error { return ErrNotFound }

func (s *Server) begin(w http.ResponseWriter, r *http.Request) error {
	if err := s.Session.Begin(); err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	if l, ok := s.todaysLesson(); ok {
		return SeeOther(w, r, "/lecon/"+l.ID)
	}
	return SeeOther(w, r, "/")
}

// touch is what an open page sends when keys or the pointer move.
func (s *Server) touch(w http.ResponseWriter, _ *http.Request) error {
	s.Session.Touch()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) extend(w http.ResponseWriter, r *http.Request) error {
	if !s.Session.Active() {
		return SeeOther(w, r, lastPage)
	}
	s.Session.Extend()
	return SeeOther(w, r, localPath(r.PostForm.Get("vers")))
}

// end wipes the session.
func (s *Server) end(w http.ResponseWriter, r *http.Request) error {
	if err := s.Session.End(); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return SeeOther(w, r, lastPage)
}

// countDisplay adds the language and display modes to the monthly totals.
func (s *Server) countDisplay(st Settings) {
	s.Counter.Count(wire.CountLanguage, "", st.lang(), "")
	modes := st.modes()
	if st.Size != "" {
		modes = append(modes, st.Size)
	}
	for _, mode := range modes {
		s.Counter.Count(wire.CountAccess, "", mode, "")
	}
}

// ended is the last page, in the language of the person who leaves. It counts
// how pages were shown, once, because it then has the browser forget.
func (s *Server) ended(w http.ResponseWriter, r *http.Request) error {
	if s.Session.Active() {
		return SeeOther(w, r, "/")
	}
	if v := visitorOf(r); v.gone {
		s.countDisplay(v.settings)
	}
	forget(w)
	if s.Farewell != nil {
		defer s.Farewell()
	}
	return s.Render(w, r, http.StatusOK, "ended", nil)
}

// stillThere is the idle warning as a page, for a browser without scripts.
func (s *Server) stillThere(w http.ResponseWriter, r *http.Request) error {
	if !s.Session.Active() {
		return SeeOther(w, r, lastPage)
	}
	left, _ := s.Session.Warning()
	return s.Render(w, r, http.StatusOK, "still", map[string]any{
		"Seconds": int(left / time.Second), "To": localPath(r.URL.Query().Get("vers")),
	})
}
