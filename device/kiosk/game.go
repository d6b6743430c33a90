package kiosk

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
)

// roundView is one turn of a game, before or after it is played.
type roundView struct {
	Lesson *lesson.Lesson
	Game   *lesson.Game
	Round  lesson.Round
	N, Of  int
	After  int // number of the next turn; 0 after the last
	Played bool
	Right  bool
	Box    int // sorting: the box that was chosen
}

func (s *Server) roundOf(r *http.Request) (roundView, error) {
	l, err := s.lessonOf(r)
	if err != nil {
		return roundView{}, err
	}
	if l.Game == nil {
		return roundView{}, ErrNotFound
	}
	n, err := numbered(r, len(l.Game.Rounds))
	if err != nil {
		return roundView{}, err
	}
	game := l.GameFor(wishOf(visitorOf(r).settings, l))
	v := roundView{Lesson: l, Game: game, Round: game.Rounds[n-1], N: n, Of: len(game.Rounds), Box: -1}
	if n < v.Of {
		v.After = n + 1
	}
	return v, nil
}

func (s *Server) round(w http.ResponseWriter, r *http.Request) error {
	v, err := s.roundOf(r)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, "game", v)
}

// play judges one turn. Nothing of it is counted or kept: it is a game.
func (s *Server) play(w http.ResponseWriter, r *http.Request) error {
	v, err := s.roundOf(r)
	if err != nil {
		return err
	}
	v.Played = true
	switch v.Game.Play {
	case lesson.Targets:
		return v.next(w, r)
	case lesson.Letters:
		v.Right = strings.TrimSpace(r.PostForm.Get("texte")) == v.Round.Type
	case lesson.Sorting:
		v.Box, err = strconv.Atoi(r.PostForm.Get("boite"))
		v.Played = err == nil && v.Box >= 0 && v.Box < len(v.Game.Boxes)
		v.Right = v.Played && v.Box == v.Round.Box
	}
	return s.Render(w, r, http.StatusOK, "game", v)
}

// next goes on at once: a target that was reached needs no words.
func (v roundView) next(w http.ResponseWriter, r *http.Request) error {
	if v.After == 0 {
		return SeeOther(w, r, "/lecon/"+v.Lesson.ID+"/bravo?jeu")
	}
	return SeeOther(w, r, "/lecon/"+v.Lesson.ID+"/jeu/"+strconv.Itoa(v.After)+"#terrain")
}
