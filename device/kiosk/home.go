package kiosk

import (
	"net/http"

	"github.com/mallette-kit/mallette/device/lesson"
)

// tile is one of at most six doors of the home page.
type tile struct {
	URL  string
	Key  string // home.<Key> and home.<Key>_more are its words
	Icon string
	Main bool
}

// maxTiles is how many doors a person may choose from.
const maxTiles = 6

// home is the welcome page before a session; during one it is today's lesson
// in a workshop and the tiles otherwise.
func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	today, _ := s.todaysLesson()
	if !s.Session.Active() {
		return s.Render(w, r, http.StatusOK, "welcome", map[string]any{"Lesson": today})
	}
	s.Session.Touch()
	return s.Render(w, r, http.StatusOK, "home", map[string]any{"Lesson": today, "Tiles": s.tiles(), "Card": s.portfolio != nil, "Library": s.library.full()})
}

// tiles are the doors that lead somewhere on this station.
func (s *Server) tiles() []tile {
	tiles := []tile{{"/aide", "help", "help", true}}
	if len(s.pick(interesting)) > 0 {
		tiles = append(tiles, tile{"/envies", "interest", "heart", false})
	}
	if s.practice || len(s.pick(dutiful)) > 0 {
		tiles = append(tiles, tile{"/demarches", "duty", "paper", false})
	}
	tiles = append(tiles, tile{gymRoot, "gym", "game", false})
	if s.practice {
		tiles = append(tiles, tile{practiceRoot, "practice", "pencil", false})
	}
	if len(tiles) < maxTiles-1 { // a link below the tiles leads there too
		tiles = append(tiles, tile{"/lecons", "lessons", "book", false})
	}
	return append(tiles, tile{findRoot, "find", "people", false})
}

// findRoot is the page that says where people help.
const findRoot = "/ou-trouver-de-l-aide"

func (s *Server) find(w http.ResponseWriter, r *http.Request) error {
	return s.Render(w, r, http.StatusOK, "find", nil)
}

func (s *Server) todaysLesson() (*lesson.Lesson, bool) {
	t := s.Today()
	if !t.Open || t.Lesson == "" {
		return nil, false
	}
	return s.Catalogue.Lesson(t.Lesson)
}

func interesting(l *lesson.Lesson) bool { return l.Interest }
func dutiful(l *lesson.Lesson) bool     { return l.Duty }
func anyLesson(*lesson.Lesson) bool     { return true }

func (s *Server) pick(keep func(*lesson.Lesson) bool) []*lesson.Lesson {
	var kept []*lesson.Lesson
	for _, l := range s.Catalogue.Lessons() {
		if keep(l) {
			kept = append(kept, l)
		}
	}
	return kept
}

func (s *Server) interests(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, "interest", interesting)
}

func (s *Server) duties(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, "duty", dutiful)
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, key string, keep func(*lesson.Lesson) bool) error {
	return s.Render(w, r, http.StatusOK, "lessons", map[string]any{"Key": key, "Lessons": s.pick(keep), "Practice": s.practice && key == "duty",
		"Library": key == "lessons" && s.library.full()})
}

func (s *Server) help(w http.ResponseWriter, r *http.Request) error {
	return s.Render(w, r, http.StatusOK, "help", map[string]any{"Web": s.doorway(r)})
}

func (s *Server) accessibility(w http.ResponseWriter, r *http.Request) error {
	return s.Render(w, r, http.StatusOK, "accessibility", map[string]any{"Lessons": s.Catalogue.Lessons()})
}
