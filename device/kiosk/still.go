package kiosk

import (
	"bytes"
	"net/http"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/lesson"
)

// maxStill bounds how many rendered pages are kept; each is some 10 KB.
const maxStill = 128

// stills are pages of lessons as they were last written. Ten people of a
// workshop turn the same pages: writing one again costs twenty times more than
// putting the visitor's token into a copy. Nothing in it belongs to a person.
type stills struct {
	mu    sync.Mutex
	pages map[still][]byte
}

// still is everything a page of a lesson depends on, besides the token.
type still struct {
	page, path, hash string
	settings         Settings
	session          bool
	idle             int
	time             string
	preview          string
	today            Today
	date             string
}

func (s *stills) find(key still) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page, ok := s.pages[key]
	return page, ok
}

func (s *stills) keep(key still, page []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pages == nil || len(s.pages) >= maxStill {
		s.pages = map[still][]byte{}
	}
	s.pages[key] = page
}

func stillOf(v *View, l *lesson.Lesson) still {
	today, date := v.Today, v.Today.Date.Format(time.DateOnly)
	today.Date = time.Time{} // two equal dates may point at two copies of a zone
	return still{v.Page, v.Path, l.Hash, v.Settings, v.Session, v.Idle, v.Time, v.Preview, today, date}
}

// renderStill writes a page that depends on the lesson and the address alone.
func (s *Server) renderStill(w http.ResponseWriter, r *http.Request, name string, l *lesson.Lesson, data any) error {
	v := s.view(r, name, data)
	token := v.Token
	key := stillOf(v, l)
	page, ok := s.stills.find(key)
	if !ok {
		v.Token = s.blank
		var made bytes.Buffer
		if err := s.execute(&made, v); err != nil {
			return err
		}
		page = bytes.Clone(made.Bytes())
		s.stills.keep(key, page)
	}
	buf := s.buffer()
	defer s.buffers.Put(buf)
	for part := range bytes.SplitAfterSeq(page, []byte(s.blank)) {
		text, marked := bytes.CutSuffix(part, []byte(s.blank))
		buf.Write(text)
		if marked {
			buf.WriteString(token)
		}
	}
	send(w, http.StatusOK, buf.Bytes())
	return nil
}
