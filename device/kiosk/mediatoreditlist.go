package kiosk

import (
	"net/http"

	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// editsPage is the lessons made at the station.
type editsPage struct {
	frame
	Lessons []edit.Listed
	Aside   []edit.Listed
	Stick   []broughtPack
	Carried bool // a stick can be there
	Done    string
	Problem string
}

// broughtPack is a pack of a stick, or why it is not one.
type broughtPack struct {
	Name, Title, Problem string
}

func (e *Edits) list(w http.ResponseWriter, r *http.Request) error {
	return e.showList(w, r, http.StatusOK, "")
}

func (e *Edits) showList(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	page := editsPage{frame: e.Mediator.frame(r, "catalogue"), Problem: problem, Carried: e.Stick != nil}
	for _, l := range e.Book.List() {
		if l.Aside {
			page.Aside = append(page.Aside, l)
			continue
		}
		page.Lessons = append(page.Lessons, l)
	}
	lookAt(r.Context(), e.Stick, func(dir string) {
		for _, p := range edit.OnStick(dir) {
			page.Stick = append(page.Stick, broughtPack{p.Name, p.Title, editProblem(p.Err)})
		}
	})
	page.Done = doneWords(r.URL.Query().Get("fait"))
	return e.Render(w, r, status, "mediator/edits", page)
}

// derive makes a lesson of the mediator's from another.
func (e *Edits) derive(w http.ResponseWriter, r *http.Request) error {
	l, err := e.lessonOf(r)
	if err != nil {
		return err
	}
	id, err := e.Book.Derive(l, e.Mediator.State(r.Context()).Structure, e.taken)
	if problem := editProblem(err); problem != "" {
		page := e.Mediator.previewOf(r, l, emptyText)
		page.Refused = problem
		return e.Render(w, r, http.StatusConflict, "mediator/lesson", page)
	}
	if err != nil {
		return err
	}
	e.Reload(r.Context())
	return SeeOther(w, r, editsRoot+"/"+id+"?fait=adaptee")
}

// take keeps a lesson from the stick.
func (e *Edits) take(w http.ResponseWriter, r *http.Request) error {
	var id string
	err := edit.ErrUnknown
	if e.Stick != nil {
		err = e.Stick.Use(r.Context(), func(dir string) (err error) {
			id, err = e.Book.Take(r.PostForm.Get("paquet"), dir, e.have, e.taken)
			return err
		})
	}
	if problem := editProblem(err); problem != "" {
		return e.showList(w, r, http.StatusUnprocessableEntity, problem)
	}
	if err != nil {
		return err
	}
	e.Reload(r.Context())
	return SeeOther(w, r, editsRoot+"/"+id+"?fait=prise")
}

// carry writes a lesson on the stick.
func (e *Edits) carry(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	err := edit.ErrUnknown
	if e.Stick != nil {
		err = e.Stick.Use(r.Context(), func(dir string) error { return e.Book.Carry(id, dir) })
	}
	switch {
	case err == nil:
		return SeeOther(w, r, editsRoot+"/"+id+"?fait=copiee")
	case !e.Book.Owns(id):
		return ErrNotFound
	}
	return e.showLesson(w, r, http.StatusConflict, carryProblem(err))
}

func (e *Edits) aside(w http.ResponseWriter, r *http.Request) error {
	return e.done(w, r, e.Book.PutAside(r.PathValue("id")), "ecartee")
}

func (e *Edits) restore(w http.ResponseWriter, r *http.Request) error {
	return e.done(w, r, e.Book.Restore(r.PathValue("id")), "remise")
}

func (e *Edits) erase(w http.ResponseWriter, r *http.Request) error {
	return e.done(w, r, e.Book.Erase(r.PathValue("id")), "effacee")
}

// done says on the list what became of a lesson.
func (e *Edits) done(w http.ResponseWriter, r *http.Request, err error, what string) error {
	if err != nil {
		return notHere(err)
	}
	e.Reload(r.Context())
	return SeeOther(w, r, editsRoot+"?fait="+what)
}
