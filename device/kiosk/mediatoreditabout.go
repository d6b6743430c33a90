package kiosk

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// aboutPage is what a lesson says of itself.
type aboutPage struct {
	frame
	ID       string
	About    edit.About
	Kept     edit.About // when somebody else changed it
	Stale    bool
	Seen     string
	Pictures []string
	Problems []string
	Done     string
	Unsaved  bool // About is what was typed and not saved
}

func (e *Edits) about(w http.ResponseWriter, r *http.Request) error {
	d, _, err := e.Book.Get(r.PathValue("id"))
	if err != nil {
		return notHere(err)
	}
	p := aboutPage{About: d.About, Done: doneWords(r.URL.Query().Get("fait"))}
	if j, there := d.Jots[edit.AboutPage]; there && aboutIn(formOf(j)) != d.About {
		p.About, p.Unsaved = aboutIn(formOf(j)), true
		if j.Seen != d.SeenAbout() {
			p.Stale, p.Kept = true, d.About
		}
	}
	return e.showAbout(w, r, http.StatusOK, p)
}

// aboutIn is what a form says of the lesson.
func aboutIn(f url.Values) edit.About {
	return edit.About{
		Title: f.Get("titre"), Summary: f.Get("resume"), Minutes: f.Get("minutes"), Objectives: f.Get("objectifs"),
		Words: f.Get("mots"), Material: f.Get("materiel"), Cover: f.Get("couverture"),
	}
}

func (e *Edits) showAbout(w http.ResponseWriter, r *http.Request, status int, p aboutPage) error {
	id := r.PathValue("id")
	d, _, err := e.Book.Get(id)
	if err != nil {
		return notHere(err)
	}
	files, done, err := e.Book.Files(id)
	if err != nil {
		return notHere(err)
	}
	defer done()
	p.frame, p.ID, p.Seen, p.Pictures = e.Mediator.frame(r, "catalogue"), id, d.SeenAbout(), picturesOf(files)
	if n := p.About.Unsaid(); n > 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("Les mots, ligne %d : écrivez le mot, deux-points, puis ce qu’il veut dire.", n))
	}
	for _, f := range check.Files(id, files).Findings {
		if f.Severity == check.Publication && f.File == "lesson.yaml" && f.Rule != "case" && !p.Stale {
			p.Problems = append(p.Problems, f.Text)
		}
	}
	return e.Render(w, r, status, "mediator/editabout", p)
}

// saveAbout keeps what was typed, whether or not people can be shown it.
func (e *Edits) saveAbout(w http.ResponseWriter, r *http.Request) error {
	id, f := r.PathValue("id"), r.PostForm
	if g := f.Get("geste"); g == jotting || g == forgetting {
		return e.jot(w, r, edit.AboutPage, editsRoot+"/"+id+"/presentation")
	}
	typed := aboutIn(f)
	err := e.Book.Change(id, func(d *edit.Draft) error { return d.SetAbout(f.Get("vu"), typed) })
	switch {
	case err == nil:
		e.Reload(r.Context())
	case errors.Is(err, edit.ErrHeld): // the page says what to repair
	case errors.Is(err, edit.ErrStale):
		d, _, err := e.Book.Get(id)
		if err != nil {
			return notHere(err)
		}
		return e.showAbout(w, r, http.StatusConflict, aboutPage{About: typed, Kept: d.About, Stale: true})
	case errors.Is(err, edit.ErrUnknown):
		return ErrNotFound
	default:
		e.Log.Error("lesson description not kept", "err", err)
		return e.showAbout(w, r, http.StatusInsufficientStorage, aboutPage{About: typed, Problems: []string{unkeptWords(err)}})
	}
	if f.Get("geste") == "fini" {
		return SeeOther(w, r, editsRoot+"/"+id+"?fait=garde")
	}
	return SeeOther(w, r, editsRoot+"/"+id+"/presentation?fait=garde")
}

// Rest are the fields that are kept otherwise than they were typed, each with
// what is kept.
func (p aboutPage) Rest() []shutField {
	var list []shutField
	for _, f := range []struct{ name, typed, kept string }{
		{"Titre", p.About.Title, p.Kept.Title}, {"En une phrase", p.About.Summary, p.Kept.Summary}, {"Minutes", p.About.Minutes, p.Kept.Minutes},
		{"Objectifs", p.About.Objectives, p.Kept.Objectives}, {"Mots", p.About.Words, p.Kept.Words}, {"Matériel", p.About.Material, p.Kept.Material},
	} {
		if f.typed != f.kept {
			list = append(list, shutField{f.name, f.kept})
		}
	}
	return list
}
