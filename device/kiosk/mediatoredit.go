package kiosk

import (
	"context"

	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// Edits is the pages where a mediator makes lessons from others. Every field
// but Stick is required.
type Edits struct {
	Mediator *Mediator // whose door guards the pages; mounted before
	Book     *edit.Book
	// Reload makes the catalogue see what has just changed.
	Reload func(context.Context) bool
	Stick  Stick // nil: none can be plugged in

	*Server
}

const editsRoot = "/mediateur/mes-lecons"

// Mount implements [Part].
func (e *Edits) Mount(s *Server) {
	e.Server = s
	e.Mediator.owns, s.preview = e.Book.Owns, e.cameFrom
	for pattern, h := range e.routes() {
		s.Handle(pattern, e.Mediator.orAsked(h))
	}
}

func (e *Edits) routes() map[string]Handler {
	const one = editsRoot + "/{id}"
	return map[string]Handler{
		"POST /mediateur/lecon/{id}/adapter": e.derive,
		"GET /mediateur/lecon/{id}/imprimer": e.print,
		"GET " + editsRoot:                   e.list,
		"POST " + editsRoot + "/cle":         e.take,
		"GET " + one:                         e.lesson,
		"POST " + one + "/etape":             e.addStep,
		"POST " + one + "/ordre":             e.order,
		"POST " + one + "/piece":             e.addAsset,
		"GET " + one + "/presentation":       e.about,
		"POST " + one + "/presentation":      e.saveAbout,
		"GET " + one + "/texte/{file...}":    e.text,
		"POST " + one + "/texte/{file...}":   e.saveText,
		"POST " + one + "/cle":               e.carry,
		"POST " + one + "/ecarter":           e.aside,
		"POST " + one + "/remettre":          e.restore,
		"POST " + one + "/effacer":           e.erase,
	}
}

// taken says whether a lesson of the station has an identifier.
func (e *Edits) taken(id string) bool {
	_, ok := e.Catalogue.Lesson(id)
	return ok
}

// have says whether a lesson of the station has a content.
func (e *Edits) have(hash string) bool {
	for _, l := range e.Catalogue.Lessons() {
		if l.Hash == hash {
			return true
		}
	}
	return false
}
