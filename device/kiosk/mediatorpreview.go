package kiosk

import (
	"net/http"
	"strconv"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/search"
)

// previewPage is a lesson, or one of its texts, as a mediator reads it before
// people come: without a session, in one piece, ready to print.
type previewPage struct {
	frame
	Lesson  *lesson.Lesson
	Text    lesson.Text // with its title; empty for the lesson itself
	Own     bool        // it was made here
	Refused string      // why it cannot be adapted, or ""
}

func (m *Mediator) previewOf(r *http.Request, l *lesson.Lesson, text lesson.Text) previewPage {
	return previewPage{frame: m.frame(r, "lesson"), Lesson: l, Text: text, Own: m.owns != nil && m.owns(l.ID)}
}

func (m *Mediator) preview(w http.ResponseWriter, r *http.Request) error {
	l, err := m.lessonOf(r)
	if err != nil {
		return err
	}
	return m.Render(w, r, http.StatusOK, "mediator/lesson", m.previewOf(r, l, lesson.Text{}))
}

func (m *Mediator) guide(w http.ResponseWriter, r *http.Request) error {
	l, err := m.lessonOf(r)
	if err != nil {
		return err
	}
	text, ok := l.Texts[lesson.Kind(r.PathValue("kind"))]
	if !ok {
		return ErrNotFound
	}
	return m.Render(w, r, http.StatusOK, "mediator/lesson", m.previewOf(r, l, text))
}

// previewURL is where a mediator reads what was found.
func previewURL(h search.Hit) string {
	base := "/mediateur/lecon/" + h.Lesson.ID
	switch {
	case h.Step > 0:
		return base + "#etape-" + strconv.Itoa(h.Step)
	case h.Kind != "":
		return base + "/fiche/" + string(h.Kind)
	}
	return base
}

// piece is one of the seven slots as the catalogue shows it.
type piece struct {
	lesson.Slot
	URL string // "" where there is no text to read
}

// Pieces are the seven slots of a lesson of the catalogue.
func (s shelved) Pieces() []piece {
	var list []piece
	for _, slot := range s.Slots() {
		p := piece{Slot: slot}
		if _, ok := s.Texts[slot.Kind]; ok {
			p.URL = previewURL(search.Hit{Lesson: s.Lesson, Kind: slot.Kind})
		}
		list = append(list, p)
	}
	return list
}
