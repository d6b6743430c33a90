package check

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mallette-kit/mallette/device/lesson"
)

// answer is the mark in front of a choice or a hint of a quiz.
var answer = regexp.MustCompile(`^(?:[-*+] +)?\[[\[(][ xX?][\])]\] `)

// Other signs of a quiz around its words: a gap, a place of an order, a row and
// a header of a matching.
var (
	gapForm    = regexp.MustCompile(`\[(?:->)?\[([^\[\]]+)\]\]`)
	rowForm    = regexp.MustCompile(`^(?:[-*+] +)?\[(?:\s*\([ xX]\)\s*)+\]\s+`)
	headerForm = regexp.MustCompile(`^(?:[-*+] +)?\[\s*[\[(].+[\])]\s*\]$`)
	placeForm  = regexp.MustCompile(`^[0-9]{1,2}[.)] +\[(?:->)?\[[^\[\]]*\|[^\[\]]*\]\]$`)
	rightForm  = regexp.MustCompile(`\(([^()]*)\)`)
)

// wordsOf is what people read of a line of a quiz; ok is false for lines of
// single words that make no sentence.
func wordsOf(bare string) (words string, ok bool) {
	if placeForm.MatchString(bare) || (headerForm.MatchString(bare) && !gapForm.MatchString(bare)) {
		return "", false
	}
	bare = rowForm.ReplaceAllString(answer.ReplaceAllString(bare, ""), "")
	return gapForm.ReplaceAllStringFunc(bare, func(g string) string {
		inner := gapForm.FindStringSubmatch(g)[1]
		if right := rightForm.FindStringSubmatch(inner); right != nil && strings.Contains(inner, "|") {
			return right[1]
		}
		return inner
	}), true
}

// parseQuiz takes a quiz apart: every choice and hint is a piece of its own,
// other lines belong together until the next empty one.
func (t *text) parseQuiz(raw []byte) {
	var piece []string
	first := 0
	flush := func() {
		if len(piece) > 0 {
			t.parse([]byte(strings.Join(piece, "\n")), first)
		}
		piece = nil
	}
	for i, line := range strings.Split(string(raw), "\n") {
		bare := strings.TrimSpace(line)
		marked := answer.MatchString(bare) || rowForm.MatchString(bare)
		if marked || bare == "" || strings.Trim(bare, "*") == "" || strings.HasPrefix(bare, "#") {
			flush()
		}
		if bare == "" || strings.Trim(bare, "*") == "" {
			continue
		}
		if len(piece) == 0 {
			first = i
		}
		words, ok := wordsOf(bare)
		if !ok {
			continue
		}
		piece = append(piece, words)
		if marked || strings.HasPrefix(bare, "#") {
			flush()
		}
	}
	flush()
}

// parseGame takes the words of a game, which are values of YAML.
func (t *text) parseGame(raw []byte) {
	defer func() { _ = recover() }() // the station's reader refuses what cannot be read
	var doc yaml.Node
	if yaml.Unmarshal(raw, &doc) != nil {
		return
	}
	t.said(&doc, 0)
}

func (t *text) said(n *yaml.Node, depth int) {
	if depth > 6 {
		return
	}
	for i, c := range n.Content {
		isValue := n.Kind == yaml.MappingNode && i%2 == 1
		if isValue && c.Kind == yaml.ScalarNode {
			t.say(n.Content[i-1].Value, c)
		}
		t.said(c, depth+1)
	}
}

func (t *text) say(key string, c *yaml.Node) {
	p := passage{c.Value, []mark{{0, c.Line}}}
	switch key {
	case "title":
		t.headings = append(t.headings, heading{1, c.Line, c.Value})
		t.passages = append(t.passages, p)
	case "intro", "say", "why", "bravo":
		t.passages = append(t.passages, p)
	}
}

// questions recommends a hint and a reason for every question: a quiz teaches.
func (g *gate) questions() {
	l, err := lesson.Read(g.files)
	if err != nil || l.Quiz == nil {
		return
	}
	at := place{file: g.meta.Assets[lesson.QuizKind]}
	for i, q := range l.Quiz.Questions {
		at.line = g.questionLine(i)
		if q.Explanation == "" {
			g.find("quiz", Advice, at, "Cette question n’explique pas sa réponse : ajoutez une phrase entre deux lignes « *** ».")
		}
		if len(q.Hints) == 0 && q.Asks != lesson.Narration {
			g.find("quiz", Advice, at, "Cette question n’a pas d’indice : ajoutez une ligne qui commence par [[?]].")
		}
	}
}

// questionLine is the line of question i: the headings of level 2.
func (g *gate) questionLine(i int) int {
	for _, t := range g.texts {
		for _, h := range t.headings {
			if t.kind != lesson.QuizKind || h.level != 2 {
				continue
			}
			if i == 0 {
				return h.line
			}
			i--
		}
	}
	return 0
}
