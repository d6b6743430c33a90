package lesson

import (
	"crypto/sha256"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

// maxBlank is how long what is typed or picked may be.
const maxBlank = 120

// ask finds out what a question wants and reads it.
func (w *writer) ask(q *Question, d *draft) error {
	gaps := gap.FindAllStringSubmatch(d.prompt.String(), maxChoices+1)
	ways := 0
	for _, there := range []bool{d.single, d.multiple, len(gaps) > 0, len(d.places) > 0, len(d.columns) > 0} {
		if there {
			ways++
		}
	}
	switch {
	case ways > 1:
		return fmt.Errorf("answers of one kind: %w", ErrQuiz)
	case len(gaps) > 0:
		return w.askGaps(q, d, gaps)
	}
	var err error
	if q.Prompt, err = w.fragment(d.prompt.String()); err != nil {
		return err
	}
	switch {
	case d.single || d.multiple:
		return w.askChoices(q, d)
	case len(d.places) > 0:
		return w.askOrder(q, d.places)
	case len(d.columns) > 0:
		return w.askPairs(q, d)
	case len(d.said) > 0:
		q.Asks = Narration
		return nil
	}
	return fmt.Errorf("nothing to answer: %w", ErrQuiz)
}

func (w *writer) askChoices(q *Question, d *draft) error {
	right := 0
	for _, r := range d.right {
		if r {
			right++
		}
	}
	if len(d.choices) < 2 || len(d.choices) > maxChoices || right == 0 || (d.single && right != 1) {
		return fmt.Errorf("number of choices or of right ones: %w", ErrQuiz)
	}
	q.Asks = Single
	if d.multiple {
		q.Asks = Multiple
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

// gap is [[typed]], [[one|(right)|other]] or the same with an arrow, as
// LiaScript writes what may also be dragged.
var gap = regexp.MustCompile(`\[(?:->)?\[([^\[\]\n]+)\]\]`)

// askGaps reads the gaps of a text: one list alone on its line is a selection.
func (w *writer) askGaps(q *Question, d *draft, gaps [][]string) error {
	if len(gaps) > maxChoices {
		return fmt.Errorf("number of gaps: %w", ErrQuiz)
	}
	for _, g := range gaps {
		b, err := w.blank(g[1])
		if err != nil {
			return err
		}
		q.Blanks = append(q.Blanks, b)
	}
	text := d.prompt.String()
	if alone := aloneLine(text, gaps); alone != "" && len(q.Blanks[0].Options) > 0 {
		q.Asks = Selection
		html, err := w.fragment(strings.Replace(text, alone, "", 1))
		q.Prompt = html
		return err
	}
	q.Asks = Cloze
	n := 0
	marked := gap.ReplaceAllStringFunc(text, func(string) string { n++; return token(n - 1) })
	html, err := w.fragment(marked)
	if err != nil {
		return err
	}
	q.Pieces, err = cutPieces(string(html), len(gaps))
	return err
}

// aloneLine is the only gap when it is all of its line.
func aloneLine(text string, gaps [][]string) string {
	if len(gaps) != 1 {
		return ""
	}
	for line := range strings.Lines(text) {
		if bullet.ReplaceAllString(strings.TrimSpace(line), "$1") == gaps[0][0] {
			return gaps[0][0]
		}
	}
	return ""
}

// blank reads what is between the brackets of a gap.
func (w *writer) blank(raw string) (Blank, error) {
	if !strings.Contains(raw, "|") {
		b := Blank{Accept: strings.TrimSpace(raw)}
		if bad(b.Accept, maxBlank) {
			return b, fmt.Errorf("gap: %w", ErrQuiz)
		}
		return b, nil
	}
	var b Blank
	for i, o := range strings.Split(raw, "|") {
		o = strings.TrimSpace(o)
		if inner, ok := strings.CutPrefix(o, "("); ok && strings.HasSuffix(inner, ")") {
			o = strings.TrimSpace(strings.TrimSuffix(inner, ")"))
			b.Right = append(b.Right, i)
		}
		if bad(o, maxBlank) {
			return b, fmt.Errorf("option: %w", ErrQuiz)
		}
		b.Options = append(b.Options, Typeset(w.lang, o))
	}
	if len(b.Options) > maxChoices || len(b.Right) == 0 {
		return b, fmt.Errorf("options of a gap: %w", ErrQuiz)
	}
	return b, nil
}

// askOrder reads places, each with the list of everything and its own marked.
func (w *writer) askOrder(q *Question, places []string) error {
	q.Asks = Ordering
	seen := map[string]bool{}
	var shown []string
	for _, p := range places {
		b, err := w.blank(p)
		if err != nil {
			return err
		}
		if len(b.Right) != 1 || len(b.Options) != len(places) || seen[b.Options[b.Right[0]]] {
			return fmt.Errorf("each place has one of all: %w", ErrQuiz)
		}
		seen[b.Options[b.Right[0]]] = true
		q.Blanks = append(q.Blanks, b)
	}
	for i, b := range q.Blanks {
		if i == 0 {
			shown = shuffled(b.Options)
		}
		at := slices.Index(shown, b.Options[b.Right[0]])
		if at < 0 {
			return fmt.Errorf("places of different things: %w", ErrQuiz)
		}
		q.Blanks[i] = Blank{Options: shown, Right: []int{at}}
	}
	return nil
}

// shuffled is an order that does not tell the answer and is the same each time.
func shuffled(options []string) []string {
	mixed := slices.Clone(options)
	slices.SortFunc(mixed, func(a, b string) int {
		x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
		return strings.Compare(string(x[:]), string(y[:]))
	})
	return mixed
}

// Private signs stand for the gaps of a text while it is rendered.
const (
	tokenOpen, tokenClose = "\uE000", "\uE001"
	tokenFirst            = '\uE100'
)

func token(i int) string { return tokenOpen + string(rune(tokenFirst+i)) + tokenClose }

// unmarked takes those signs out of what an author wrote.
func unmarked(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\uE000' && r <= '\uE1FF' {
			return -1
		}
		return r
	}, s)
}

// cutPieces cuts rendered text at its gaps, which must stand among words and
// not inside a tag.
func cutPieces(html string, n int) ([]Piece, error) {
	var pieces []Piece
	var whole strings.Builder
	for i := range n {
		before, after, ok := strings.Cut(html, token(i))
		whole.WriteString(before)
		s := whole.String()
		if !ok || strings.LastIndex(s, "<") > strings.LastIndex(s, ">") {
			return nil, fmt.Errorf("place of a gap: %w", ErrQuiz)
		}
		pieces = append(pieces, Piece{template.HTML(before), i})
		html = after
	}
	return append(pieces, Piece{template.HTML(html), -1}), nil
}
