package kiosk

import (
	"errors"
	"net/http"

	"github.com/mallette-kit/mallette/device/portfolio"
	"github.com/mallette-kit/mallette/device/practice"
)

func (p *Practice) list(w http.ResponseWriter, r *http.Request) error {
	return p.Render(w, r, http.StatusOK, "practice/services", map[string]any{"Services": p.Services})
}

// start says what will be done, and asks whether a guide is wanted.
func (p *Practice) start(w http.ResponseWriter, r *http.Request) error {
	s, err := p.serviceOf(r)
	if err != nil {
		return err
	}
	return p.Render(w, r, http.StatusOK, "practice/start", p.page(s, p.visit(r, s)))
}

func (p *Practice) begin(w http.ResponseWriter, r *http.Request) error {
	return p.restart(w, r, func(practice.Visit) bool { return r.PostForm.Get("guide") != "non" })
}

// again empties the service and keeps the guide as it was.
func (p *Practice) again(w http.ResponseWriter, r *http.Request) error {
	return p.restart(w, r, func(v practice.Visit) bool { return v.Guided })
}

func (p *Practice) restart(w http.ResponseWriter, r *http.Request, guided func(practice.Visit) bool) error {
	s, err := p.serviceOf(r)
	if err != nil {
		return err
	}
	v, err := p.change(r, s, func(v practice.Visit) (practice.Visit, error) { return s.Begin(guided(v)), nil })
	if err != nil {
		return err
	}
	return SeeOther(w, r, serviceHome(s)+"/"+v.Screen+"#ecran")
}

// turnGuide calls the guide, or sends it away.
func (p *Practice) turnGuide(w http.ResponseWriter, r *http.Request) error {
	s, err := p.serviceOf(r)
	if err != nil {
		return err
	}
	v := p.visit(r, s)
	if v.Screen == "" {
		return SeeOther(w, r, serviceHome(s))
	}
	v, err = p.change(r, s, func(v practice.Visit) (practice.Visit, error) { v.Guided = !v.Guided; return v, nil })
	if err != nil {
		return err
	}
	return SeeOther(w, r, serviceHome(s)+"/"+v.Screen)
}

// screen shows a page of a service that has been reached, and leads to the
// current one otherwise.
func (p *Practice) screen(w http.ResponseWriter, r *http.Request) error {
	s, err := p.serviceOf(r)
	if err != nil {
		return err
	}
	v, err := p.change(r, s, func(v practice.Visit) (practice.Visit, error) { return s.Look(v, r.PathValue("screen")) })
	if errors.Is(err, practice.ErrAway) {
		return SeeOther(w, r, current(s, v))
	}
	if err != nil {
		return practiceError(err)
	}
	return p.Render(w, r, http.StatusOK, "practice/screen", p.page(s, v))
}

// current is where a visit stands, or its door when it has not begun.
func current(s *practice.Service, v practice.Visit) string {
	if v.Screen == "" {
		return serviceHome(s)
	}
	return serviceHome(s) + "/" + v.Screen
}

func (p *Practice) press(w http.ResponseWriter, r *http.Request) error {
	s, err := p.serviceOf(r)
	if err != nil {
		return err
	}
	v, err := p.change(r, s, func(v practice.Visit) (practice.Visit, error) {
		return s.Press(v, r.PathValue("screen"), r.PostForm.Get("geste"), r.PostForm, p.Now())
	})
	if errors.Is(err, practice.ErrAway) {
		return SeeOther(w, r, current(s, v))
	}
	if err != nil {
		return practiceError(err)
	}
	return SeeOther(w, r, current(s, v)+landing(v))
}

// landing is the part of the next page to read first.
func landing(v practice.Visit) string {
	if len(v.Problems) > 0 || v.Waits != "" {
		return "#message"
	}
	return "#ecran"
}

// told says in words what was achieved.
func (p *Practice) told(w http.ResponseWriter, r *http.Request) error {
	s, err := p.serviceOf(r)
	if err != nil {
		return err
	}
	v := p.visit(r, s)
	if v.Screen == "" {
		return SeeOther(w, r, serviceHome(s))
	}
	page := p.page(s, v)
	page.Told, page.All = s.Told(v), true
	for _, t := range page.Told {
		page.All = page.All && t.Reached
	}
	p.lived(func(c *portfolio.Card) { c.Forms = true })
	return p.Render(w, r, http.StatusOK, "practice/told", page)
}
