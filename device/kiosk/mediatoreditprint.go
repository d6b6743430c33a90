package kiosk

import (
	"net/http"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
)

// wholePage is a lesson on paper: steps, words, questions, and the answers on
// a page of their own.
type wholePage struct {
	frame
	Lesson  *lesson.Lesson
	Answers []paperAnswer
}

// paperAnswer is the answer to one question, as words.
type paperAnswer struct {
	lesson.Question
	N     int
	Right []lesson.Choice
	Fills []string // of blanks, in their order
}

func (e *Edits) print(w http.ResponseWriter, r *http.Request) error {
	l, err := e.lessonOf(r)
	if err != nil {
		return err
	}
	page := wholePage{frame: e.Mediator.frame(r, "catalogue"), Lesson: l}
	if l.Quiz != nil {
		for i, q := range l.Quiz.Questions {
			page.Answers = append(page.Answers, answerOf(i+1, q))
		}
	}
	return e.Render(w, r, http.StatusOK, "mediator/editprint", page)
}

func answerOf(n int, q lesson.Question) paperAnswer {
	a := paperAnswer{Question: q, N: n}
	for _, c := range q.Choices {
		if c.Right {
			a.Right = append(a.Right, c)
		}
	}
	for _, b := range q.Blanks {
		fill := b.Accept
		if len(b.Options) > 0 {
			var right []string
			for _, i := range b.Right {
				right = append(right, b.Options[i])
			}
			fill = strings.Join(right, " ou ")
		}
		a.Fills = append(a.Fills, fill)
	}
	return a
}
