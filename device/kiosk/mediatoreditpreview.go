package kiosk

import (
	"net/http"
	"strings"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// cameFrom is where a mediator who looks at a lesson as people do came from:
// "" while the door is shut, and for pages that are not of a lesson.
func (e *Edits) cameFrom(r *http.Request) string {
	rest, ok := strings.CutPrefix(r.URL.Path, "/lecon/")
	id, _, _ := strings.Cut(rest, "/")
	if _, known := e.Catalogue.Lesson(id); !ok || !known {
		return ""
	}
	if _, open := e.Mediator.Door.Use(); !open {
		return ""
	}
	if e.Book.Owns(id) {
		return editsRoot + "/" + id
	}
	return "/mediateur/lecon/" + id
}

// previewOf is the way back for a mediator who looks; "" for people.
func (s *Server) previewOf(r *http.Request) string {
	if s.preview == nil || s.Session.Active() {
		return ""
	}
	return s.preview(r)
}

// count adds one to a counter of usage; what a mediator looks at is none.
func (s *Server) count(name wire.CounterName, lessonID, item, outcome string) {
	if s.Session.Active() {
		s.Counter.Count(name, lessonID, item, outcome)
	}
}
