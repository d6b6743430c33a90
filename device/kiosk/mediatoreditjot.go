package kiosk

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// The gestures of a page whose words are kept while they are typed.
const (
	jotting    = "brouillon" // the page's script sends what stands in the fields
	forgetting = "oublier"   // the writer wants what was saved back
)

// jot keeps what is being typed, so that a person who walks away, a session
// that ends or a power cut loses nothing; or forgets it, and shows the page at
// address again. People go on seeing what was saved.
func (e *Edits) jot(w http.ResponseWriter, r *http.Request, page, address string) error {
	f := r.PostForm
	j := edit.Jot{Seen: f.Get("vu"), Fields: map[string]string{}}
	for _, field := range fieldsOf(f) {
		if field.Name != "vu" && field.Name != "geste" && f.Get("geste") == jotting {
			j.Fields[field.Name] = field.Value
		}
	}
	switch err := e.Book.Jot(r.PathValue("id"), page, j); {
	case errors.Is(err, edit.ErrUnknown):
		return ErrNotFound
	case err != nil:
		return err
	}
	if f.Get("geste") == forgetting {
		return SeeOther(w, r, address)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// formOf is what was typed, as a form.
func formOf(j edit.Jot) url.Values {
	f := url.Values{}
	for name, words := range j.Fields {
		f.Set(name, words)
	}
	return f
}

// jotted are the pages of a lesson with words that were not saved.
func jotted(d edit.Draft) []editText {
	var list []editText
	for _, page := range d.Jotted() {
		if page == edit.AboutPage {
			if aboutIn(formOf(d.Jots[page])) != d.About {
				list = append(list, editText{Title: "Présentation de la leçon", URL: editsRoot + "/" + d.ID + "/presentation"})
			}
			continue
		}
		if _, _, is := jotOf(d, page); is {
			list = append(list, editText{Title: placeInLesson(d, page), URL: textURL(d.ID, page)})
		}
	}
	return list
}
