package kiosk

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// Edits is the pages where a mediator makes lessons from others. Every field
// but Stick is required.
type Edits struct {
	Mediator *Mediator // whose door guards the pages; mounted before
	Book     *edit.Book
	// Reload makes the catalogue see what has just changed.
	Reload func(context.Context) bool
	Stick  string // where a stick appears; "": nowhere

	*Server
}

const editsRoot = "/mediateur/mes-lecons"

// Mount implements [Part].
func (e *Edits) Mount(s *Server) {
	e.Server = s
	e.Mediator.owns, s.preview = e.Book.Owns, e.cameFrom
	for pattern, h := range e.routes() {
		s.Handle(pattern, e.inside(h))
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

// codeField is what opens the door in the form that sends words again.
const codeField = "code_mediation"

// inside asks for an open door. Words that come when it has just shut are
// shown again, to be sent with the code: nothing that was typed is lost.
func (e *Edits) inside(h Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, open := e.Mediator.Door.Use(); open {
			return h(w, r)
		}
		if r.Method != http.MethodPost {
			return SeeOther(w, r, "/mediateur")
		}
		code := r.PostForm.Get(codeField)
		r.PostForm.Del(codeField)
		if code == "" {
			return e.shut(w, r, http.StatusForbidden, "")
		}
		if err := e.Mediator.Door.ByPIN(code); err != nil {
			return e.shut(w, r, doorStatus(err), doorWords(err))
		}
		return h(w, r)
	}
}

// shutPage is what was typed when the door had shut.
type shutPage struct {
	Action  string
	Fields  []shutField
	Problem string
}

type shutField struct{ Name, Value string }

func (e *Edits) shut(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	page := shutPage{Action: r.URL.EscapedPath(), Problem: problem, Fields: fieldsOf(r.PostForm)}
	return e.Render(w, r, status, "mediator/editshut", page)
}

// fieldsOf is a form to be sent again.
func fieldsOf(form url.Values) []shutField {
	var fields []shutField
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			if name != "jeton" {
				fields = append(fields, shutField{name, value})
			}
		}
	}
	return fields
}

// Words are the texts among the fields.
func (p shutPage) Words() []shutField {
	var words []shutField
	for _, f := range p.Fields {
		if (f.Name == "texte" || f.Name == "facile") && f.Value != "" {
			words = append(words, f)
		}
	}
	return words
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
