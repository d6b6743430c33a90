package lesson

import "html/template"

// Quiz is a list of questions, never a mark.
type Quiz struct {
	Title     string
	Intro     template.HTML
	Questions []Question
}

// Question is one question with its choices.
type Question struct {
	ID          string // "q1", "q2" …: what counters call it
	Title       string
	Prompt      template.HTML // what is under the title; may be empty
	Multiple    bool          // several choices may be right
	Choices     []Choice
	Hints       []template.HTML
	Explanation template.HTML
}

// Choice is one answer to pick.
type Choice struct {
	HTML  template.HTML
	Right bool
}

// Right says whether exactly the right choices are picked.
func (q Question) Right(picked []int) bool {
	chosen := map[int]bool{}
	for _, i := range picked {
		chosen[i] = true
	}
	for i, c := range q.Choices {
		if c.Right != chosen[i] {
			return false
		}
		delete(chosen, i)
	}
	return len(chosen) == 0
}
