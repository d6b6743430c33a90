package kiosk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// questionView is a question as it is shown, before or after an answer.
type questionView struct {
	Lesson   *lesson.Lesson
	Question lesson.Question
	Lang     string // of the question's words
	N, Of    int
	After    int // number of the next question; 0 after the last
	Tries    int // answers given so far; only the first is counted
	Answered bool
	Verdict  lesson.Verdict
	Answer   lesson.Answer
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
	quiz := l.QuizFor(wishOf(visitorOf(r).settings, l))
	v := questionView{Lesson: l, Question: quiz.Questions[n-1], Lang: quiz.Lang, N: n, Of: len(quiz.Questions)}
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
	if v.Answer, err = answerIn(r.PostForm, v.Question); err != nil {
		return err
	}
	v.judge(r.PostForm.Get("essai"))
	if v.Answered && v.Tries == 1 && v.Question.Asks != lesson.Narration {
		s.count(wire.CountQuiz, v.Lesson.ID, v.Question.ID, outcome(v.Verdict.Right))
	}
	return s.Render(w, r, http.StatusOK, "question", v)
}

func (v *questionView) judge(tries string) {
	v.Verdict = v.Question.Judge(v.Answer)
	before, _ := strconv.Atoi(tries)
	v.Tries = min(max(before, 0), 9)
	if !v.Verdict.Empty {
		v.Answered, v.Tries = true, v.Tries+1
	}
}

func outcome(right bool) string {
	if right {
		return "right"
	}
	return "wrong"
}

// answerIn reads an answer: numbers of choices, and one value a blank.
func answerIn(form url.Values, q lesson.Question) (lesson.Answer, error) {
	var a lesson.Answer
	var err error
	if a.Picked, err = pickedIn(form["choix"], len(q.Choices)); err != nil {
		return a, err
	}
	if len(form["trou"]) > len(q.Blanks) {
		return a, ErrBadForm
	}
	for i, filled := range form["trou"] {
		if utf8.RuneCountInString(filled) > maxTyped || !q.Blanks[i].Fits(filled) {
			return a, ErrBadForm
		}
	}
	a.Filled = form["trou"]
	return a, nil
}

// maxTyped is more than any gap asks for.
const maxTyped = 200

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

// Picked says whether choice i is picked.
func (v questionView) Picked(i int) bool { return slices.Contains(v.Answer.Picked, i) }

// Filled is what blank i holds.
func (v questionView) Filled(i int) string {
	if i < len(v.Answer.Filled) {
		return v.Answer.Filled[i]
	}
	return ""
}

// Chosen says whether option of blank i is picked.
func (v questionView) Chosen(i, option int) bool { return v.Filled(i) == strconv.Itoa(option) }

// Good says whether blank i was right.
func (v questionView) Good(i int) bool { return i < len(v.Verdict.Good) && v.Verdict.Good[i] }

// Some says whether a part was right, and not all of it: worth telling.
func (v questionView) Some() bool {
	return len(v.Question.Blanks) > 1 && v.Verdict.N > 0 && !v.Verdict.Right
}
