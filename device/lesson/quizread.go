package lesson

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	maxQuestions = 40
	maxChoices   = 12
)

// readQuiz reads a quiz in LiaScript's Markdown: a title, then one heading of
// level 2 a question, its text, and its choices.
//
//	## Que faire d'un message inconnu ?
//	    [( )] Ouvrir la pièce jointe      one right answer
//	    [(X)] Demander à quelqu'un
//	    [[?]] Un indice
//	    ***
//	    Pourquoi c'est juste.
//	    ***
//
// Several right answers are written [[ ]] and [[X]]. Errors wrap [ErrQuiz], or
// say what the text carries that it must not.
func (w *writer) readQuiz(raw []byte) (*Quiz, error) {
	if len(raw) > maxText {
		return nil, ErrTooLarge
	}
	head, blocks := questions(string(raw))
	title, rest, _ := strings.Cut(strings.TrimSpace(head), "\n")
	name, ok := strings.CutPrefix(title, "# ")
	if !ok || len(blocks) == 0 || len(blocks) > maxQuestions {
		return nil, fmt.Errorf("title or questions: %w", ErrQuiz)
	}
	intro, err := w.fragment(rest)
	if err != nil {
		return nil, err
	}
	q := &Quiz{Title: Typeset(w.lang, strings.TrimSpace(name)), Intro: intro}
	for i, block := range blocks {
		question, err := w.question("q"+strconv.Itoa(i+1), block)
		if err != nil {
			return nil, fmt.Errorf("question %d: %w", i+1, err)
		}
		q.Questions = append(q.Questions, question)
	}
	return q, nil
}

// questions cuts a text before each heading of level 2.
func questions(text string) (head string, blocks []string) {
	var parts []string
	var part strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		if strings.HasPrefix(line, "## ") {
			parts = append(parts, part.String())
			part.Reset()
		}
		part.WriteString(line)
	}
	parts = append(parts, part.String())
	return parts[0], parts[1:]
}

// draft collects the lines of one question by what they are.
type draft struct {
	prompt, why strings.Builder
	hints       []string
	choices     []string
	right       []bool
	multiple    bool
	single      bool
	inWhy       bool
}

func (w *writer) question(id, block string) (Question, error) {
	title, body, _ := strings.Cut(block, "\n")
	var d draft
	for line := range strings.Lines(body) {
		d.take(line)
	}
	q := Question{ID: id, Title: Typeset(w.lang, strings.TrimSpace(strings.TrimPrefix(title, "## "))), Multiple: d.multiple}
	if err := d.check(q.Title); err != nil {
		return Question{}, err
	}
	return q, w.finish(&q, &d)
}

func (d *draft) take(line string) {
	bare := strings.TrimSpace(line)
	if len(bare) >= 3 && strings.Trim(bare, "*") == "" {
		d.inWhy = !d.inWhy
		return
	}
	if d.inWhy {
		d.why.WriteString(strings.TrimLeft(line, " \t"))
		return
	}
	mark, words, found := strings.Cut(bare, "]] ")
	if strings.HasPrefix(bare, "[(") {
		mark, words, found = strings.Cut(bare, ")] ")
	}
	if !found || !d.mark(mark, words) {
		d.prompt.WriteString(line)
	}
}

// mark takes a line that begins with a choice or a hint.
func (d *draft) mark(mark, words string) bool {
	switch mark {
	case "[( ", "[(X", "[(x":
		d.single = true
	case "[[ ", "[[X", "[[x":
		d.multiple = true
	case "[[?":
		d.hints = append(d.hints, words)
		return true
	default:
		return false
	}
	d.choices = append(d.choices, words)
	d.right = append(d.right, mark[2] != ' ')
	return true
}

func (d *draft) check(title string) error {
	right := 0
	for _, r := range d.right {
		if r {
			right++
		}
	}
	switch {
	case title == "" || d.inWhy:
		return fmt.Errorf("title or explanation: %w", ErrQuiz)
	case d.single == d.multiple:
		return fmt.Errorf("choices of one kind: %w", ErrQuiz)
	case len(d.choices) < 2 || len(d.choices) > maxChoices || len(d.hints) > 5:
		return fmt.Errorf("number of choices or hints: %w", ErrQuiz)
	case right == 0 || (d.single && right != 1):
		return fmt.Errorf("right answers: %w", ErrQuiz)
	}
	return nil
}

// finish renders the words of a question.
func (w *writer) finish(q *Question, d *draft) (err error) {
	if q.Prompt, err = w.fragment(d.prompt.String()); err != nil {
		return err
	}
	if q.Explanation, err = w.fragment(d.why.String()); err != nil {
		return err
	}
	for _, h := range d.hints {
		html, err := w.fragment(h)
		if err != nil {
			return err
		}
		q.Hints = append(q.Hints, html)
	}
	for i, c := range d.choices {
		html, err := w.inline(c)
		if err != nil {
			return err
		}
		q.Choices = append(q.Choices, Choice{html, d.right[i]})
	}
	return nil
}
