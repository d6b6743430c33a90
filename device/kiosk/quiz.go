package kiosk

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// questionView is a question as it is shown, before or after an answer.
type questionView struct {
	Lesson   *lesson.Lesson
	Question lesson.Question
	N, Of    int
	After    int // number of the next question; 0 after the last
	Tries    int // answers given so far; only the first is counted
	Answered bool
	Right    bool
	Picked   map[int]bool
	Empty    bool // nothing was picked
}

func (s *Server) questionOf(r *http.Request) (questionView, error) {
	l, err := s.lessonOf(r)
	if err != nil {
		return questionView{}, err
	}
	if l.Quiz == nil {
		return questionView{}, ErrNotFound
	}
	n, err := numbered(r, len(l.Quiz.Questions))
	if err != nil {
		return questionView{}, err
	}
	v := questionView{Lesson: l, Question: l.Quiz.Questions[n-1], N: n, Of: len(l.Quiz.Questions)}
	if n < v.Of {
		v.After = n + 1
	}
	return v, nil
}

func (s *Server) question(w http.ResponseWriter, r *http.Request) error {
	v, err := s.questionOf(r)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, "question", v)
}

// answer says how it went and counts the first try of a question, for
// everybody together: nothing ties two answers to one person.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) error {
	v, err := s.questionOf(r)
	if err != nil {
		return err
	}
	picked, err := pickedIn(r.PostForm["choix"], len(v.Question.Choices))
	if err != nil {
		return err
	}
	v.take(picked, r.PostForm.Get("essai"))
	if v.Answered && v.Tries == 1 {
		s.Counter.Count(wire.CountQuiz, v.Lesson.ID, v.Question.ID, outcome(v.Right))
	}
	return s.Render(w, r, http.StatusOK, "question", v)
}

func (v *questionView) take(picked []int, tries string) {
	v.Picked = map[int]bool{}
	for _, i := range picked {
		v.Picked[i] = true
	}
	if len(picked) == 0 {
		v.Empty = true
		return
	}
	before, _ := strconv.Atoi(tries)
	v.Answered, v.Tries = true, min(max(before, 0), 9)+1
	v.Right = v.Question.Right(picked)
}

func outcome(right bool) string {
	if right {
		return "right"
	}
	return "wrong"
}

// pickedIn reads the numbers of the choices, each once.
func pickedIn(values []string, choices int) ([]int, error) {
	var picked []int
	for _, v := range values {
		i, err := strconv.Atoi(v)
		if err != nil || i < 0 || i >= choices {
			return nil, ErrBadForm
		}
		if !slices.Contains(picked, i) {
			picked = append(picked, i)
		}
	}
	return picked, nil
}
