package kiosk

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// codeField is what opens the door in the form that sends words again.
const codeField = "code_mediation"

// orAsked asks for an open door. Words that come when it has just shut are
// shown again, to be sent with the code: nothing that was typed is lost.
func (m *Mediator) orAsked(h Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, open := m.Door.Use(); open {
			return h(w, r)
		}
		if r.Method != http.MethodPost {
			return SeeOther(w, r, "/mediateur")
		}
		code := r.PostForm.Get(codeField)
		r.PostForm.Del(codeField)
		if code == "" {
			return m.shut(w, r, http.StatusForbidden, "")
		}
		if err := m.Door.ByPIN(code); err != nil {
			return m.shut(w, r, doorStatus(err), doorWords(err))
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

func (m *Mediator) shut(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	page := shutPage{Action: r.URL.EscapedPath(), Problem: problem, Fields: fieldsOf(r.PostForm)}
	return m.Render(w, r, status, "mediator/editshut", page)
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
		if f.Label() != "" && f.Value != "" {
			words = append(words, f)
		}
	}
	return words
}

// Label is what a person calls the field she wrote a text in; "" for others.
func (f shutField) Label() string {
	switch {
	case f.Name == "texte":
		return "Votre texte"
	case f.Name == "facile":
		return "Votre version facile à lire"
	case strings.HasPrefix(f.Name, "note"):
		return "Vos notes"
	}
	return ""
}
