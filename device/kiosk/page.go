package kiosk

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/mallette-kit/mallette/device/lesson"
)

// page is one file of kiosk-ui/pages joined with the layout and the parts.
type page struct{ tmpl *template.Template }

// Handler is a page or a form. It returns an error that wraps one of this
// package's sentinels, or any other for a mistake of the station; it must not
// have written anything then.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Handle registers h for a pattern of [http.ServeMux], such as
// "GET /mediateur". Forms (POST) have been checked for origin and token, and
// r.PostForm is filled, when h runs.
func (s *Server) Handle(pattern string, h Handler) { s.mux.Handle(pattern, s.handler(h)) }

func (s *Server) handler(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recovered(w, r)
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// recovered turns a panic into the page for errors; the log names the route,
// never what was sent.
func (s *Server) recovered(w http.ResponseWriter, r *http.Request) {
	if p := recover(); p != nil {
		s.Log.Error("page panicked", "route", r.Pattern, "stack", string(debug.Stack()))
		s.fail(w, r, ErrBroken)
	}
}

func functions(a *assets, drawn *icons) template.FuncMap {
	return template.FuncMap{"asset": a.url, "drawn": drawn.draw, "dict": dict, "cover": coverURL, "slot": slotURL, "speaks": speaks, "recording": lesson.AudioURL, "endonym": endonym, "next": func(i int) int { return i + 1 }}
}

// dict lets a page hand several named values to a part.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: odd number of values")
	}
	return m, nil
}

// Render writes a page named as in kiosk-ui/pages, with data as .Data of the
// [View] that the template receives.
func (s *Server) Render(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	buf := s.buffer()
	defer s.buffers.Put(buf)
	if err := s.execute(buf, s.view(r, name, data)); err != nil {
		return err
	}
	send(w, status, buf.Bytes())
	return nil
}

// buffer returns an empty one for a page, to be given back to s.buffers: pages
// that are thrown away one by one cost as much as making them.
func (s *Server) buffer() *bytes.Buffer {
	buf, ok := s.buffers.Get().(*bytes.Buffer)
	if !ok {
		return new(bytes.Buffer)
	}
	buf.Reset()
	return buf
}

func (s *Server) execute(buf *bytes.Buffer, v *View) error {
	p, err := s.pages.find(v.Page)
	if err != nil {
		return fmt.Errorf("render %s: %w", v.Page, err)
	}
	if err := p.tmpl.ExecuteTemplate(buf, "layout", v); err != nil {
		return fmt.Errorf("render %s: %w", v.Page, err)
	}
	return nil
}

func send(w http.ResponseWriter, status int, page []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	_, _ = w.Write(page) // the reader has gone: nobody to tell
}

// SeeOther sends the browser to another page of the station after a form.
func SeeOther(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
