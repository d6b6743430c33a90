package kiosk

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/lesson"
)

// maxStill bounds how many rendered pages are kept; each is some 10 KB.
const maxStill = 128

// stills are pages of lessons as they were last written. Ten people of a
// workshop turn the same pages: writing one again costs twenty times more than
// putting what is the visitor's alone, her token and the name of her time, into a
// copy. Nothing in it belongs to a person.
type stills struct {
	mu    sync.Mutex
	pages map[still]string
}

// still is everything a page of a lesson depends on, besides what goes into its
// blanks.
type still struct {
	page, path, hash string
	settings         Settings
	session          bool
	idle             int
	preview          string
	today            Today
	date             string
}

func (s *stills) find(key still) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page, ok := s.pages[key]
	return page, ok
}

func (s *stills) keep(key still, page string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pages == nil || len(s.pages) >= maxStill {
		s.pages = map[still]string{}
	}
	s.pages[key] = page
}

func stillOf(v *View, l *lesson.Lesson) still {
	today, date := v.Today, v.Today.Date.Format(time.DateOnly)
	today.Date = time.Time{} // two equal dates may point at two copies of a zone
	return still{v.Page, v.Path, l.Hash, v.Settings, v.Session, v.Idle, v.Preview, today, date}
}

// renderStill writes a page that depends on the lesson and the address alone.
func (s *Server) renderStill(w http.ResponseWriter, r *http.Request, name string, l *lesson.Lesson, data any) error {
	v := s.view(r, name, data)
	token, when := v.Token, v.Time
	key := stillOf(v, l)
	page, ok := s.stills.find(key)
	if !ok {
		v.Token, v.Time = s.blank+"k", s.blank+"t"
		var made bytes.Buffer
		if err := s.execute(&made, v); err != nil {
			return err
		}
		page = made.String()
		s.stills.keep(key, page)
	}
	buf := s.buffer()
	defer s.buffers.Put(buf)
	s.personal(buf, page, token, when)
	send(w, http.StatusOK, buf.Bytes())
	return nil
}

// personal writes a kept page with what is the visitor's own.
func (s *Server) personal(w *bytes.Buffer, page, token, when string) {
	text, rest, more := strings.Cut(page, s.blank)
	for w.WriteString(text); more; w.WriteString(text) {
		if rest[0] == 'k' {
			w.WriteString(token)
		} else {
			w.WriteString(when)
		}
		text, rest, more = strings.Cut(rest[1:], s.blank)
	}
}
