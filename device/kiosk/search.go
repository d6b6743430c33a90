package kiosk

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/search"
)

// searched is what somebody asked of the lessons and what was found. What is
// typed is in the page that answers and nowhere else: it is not logged, not
// counted, and in no cookie.
type searched struct {
	Asked string
	Hits  []foundPage
	Books []foundInBook // pages of the library
}

// foundPage is a page of a lesson that speaks of what was asked.
type foundPage struct {
	search.Hit
	URL string
}

// lessons lists every lesson or, for words to search, the pages that hold them.
func (s *Server) lessons(w http.ResponseWriter, r *http.Request) error {
	asked := strings.TrimSpace(r.URL.Query().Get("mots"))
	if asked == "" {
		return s.list(w, r, "lessons", anyLesson)
	}
	hits := s.index.of(s.Catalogue.Lessons()).Find(search.Query{Text: asked})
	pages, err := s.library.find(asked)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, "lessons", map[string]any{
		"Key": "lessons", "Search": searched{asked, foundPages(hits), pages},
	})
}

func foundPages(hits []search.Hit) []foundPage {
	found := make([]foundPage, 0, len(hits))
	for _, h := range hits {
		found = append(found, foundPage{h, hitURL(h)})
	}
	return found
}

func hitURL(h search.Hit) string {
	switch {
	case h.Step > 0:
		return stepURL(h.Lesson, h.Step)
	case h.Kind != "":
		return slotURL(h.Lesson, h.Kind)
	}
	return "/lecon/" + h.Lesson.ID
}

func stepURL(l *lesson.Lesson, n int) string {
	return "/lecon/" + l.ID + "/etape/" + strconv.Itoa(n) + "#contenu"
}
