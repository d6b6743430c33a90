package lesson

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

const (
	maxQuestions = 40
	maxChoices   = 12
)

// readQuiz reads a quiz in LiaScript's Markdown: a title, then one heading of
// level 2 a question, its text, and what to answer.
//
//	## Que faire d'un message inconnu ?
//	[( )] Ouvrir la pièce jointe          one right answer
//	[(X)] Demander à quelqu'un
//	[[?]] Un indice
//	***
//	Pourquoi c'est juste.
//	***
//
// Several right answers are written [[ ]] and [[X]]. README.md shows the other
// ways. Errors wrap [ErrQuiz], or say what the text carries that it must not.
func (w *writer) readQuiz(raw []byte) (*Quiz, error) {
	if len(raw) > maxText {
		return nil, ErrTooLarge
	}
	head, blocks := questions(unmarked(string(raw)))
	title, rest, _ := strings.Cut(strings.TrimSpace(head), "\n")
	name, ok := strings.CutPrefix(title, "# ")
	if !ok || len(blocks) == 0 || len(blocks) > maxQuestions {
		return nil, fmt.Errorf("title or questions: %w", ErrQuiz)
	}
	intro, err := w.fragment(rest)
	if err != nil {
		return nil, err
	}
	q := &Quiz{Title: Typeset(w.lang, strings.TrimSpace(name)), Lang: w.lang, Intro: intro}
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
	said        []string
	hints       []string
	choices     []string
	right       []bool
	places      []string // lists of an ordering, one a place
	columns     []string // header of a matching
	rows        []row
	multiple    bool
	single      bool
	inWhy       bool
	inSaid      bool
}

var (
	bullet   = regexp.MustCompile(`^[-*+] +(\[)`)
	spoken   = regexp.MustCompile(`^--\{\{[0-9, -]*\}\}--\s*`)
	ofAnItem = regexp.MustCompile(`^[0-9]{1,2}[.)] +\[(?:->)?\[([^\[\]]*\|[^\[\]]*)\]\]$`)
)

func (w *writer) question(id, block string) (Question, error) {
	title, body, _ := strings.Cut(block, "\n")
	var d draft
	for line := range strings.Lines(body) {
		d.take(line)
	}
	q := Question{ID: id, Title: Typeset(w.lang, strings.TrimSpace(strings.TrimPrefix(title, "## ")))}
	if q.Title == "" || d.inWhy || len(d.hints) > 5 {
		return Question{}, fmt.Errorf("title, hints or explanation: %w", ErrQuiz)
	}
	if err := w.ask(&q, &d); err != nil {
		return Question{}, err
	}
	return q, w.finish(&q, &d)
}

func (d *draft) take(line string) {
	bare := bullet.ReplaceAllString(strings.TrimSpace(line), "$1")
	switch {
	case len(bare) >= 3 && strings.Trim(bare, "*") == "":
		d.inWhy, d.inSaid = !d.inWhy, false
	case d.inWhy:
		d.why.WriteString(strings.TrimLeft(line, " \t"))
	case spoken.MatchString(bare):
		d.inSaid, d.said = true, append(d.said, spoken.ReplaceAllString(bare, ""))
	case d.inSaid && bare != "":
		d.said[len(d.said)-1] = strings.TrimSpace(d.said[len(d.said)-1] + " " + bare)
	case d.takeAnswer(bare):
		d.inSaid = false
	default:
		d.inSaid = false
		d.prompt.WriteString(line)
	}
}

// takeAnswer takes a line that is not text: a choice, a hint, a place of an
// order, or a line of a matching.
func (d *draft) takeAnswer(bare string) bool {
	if m := ofAnItem.FindStringSubmatch(bare); m != nil {
		d.places = append(d.places, m[1])
		return true
	}
	if d.takeRow(bare) {
		return true
	}
	mark, words, found := strings.Cut(bare, "]] ")
	if strings.HasPrefix(bare, "[(") {
		mark, words, found = strings.Cut(bare, ")] ")
	}
	return found && d.mark(mark, words)
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

// finish renders the words that every way of asking has.
func (w *writer) finish(q *Question, d *draft) (err error) {
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
	q.Said, err = w.sayings(d.said)
	return err
}
