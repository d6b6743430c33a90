package search

import (
	"cmp"
	"html"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/fleet/level"
)

// Index is the words of some lessons. It does not change and is safe for
// concurrent use.
type Index struct {
	pages    []page
	postings map[string][]posting
	forms    []form // by their letters
}

// page is what can be found: a lesson as a whole, a step or a text beside it.
type page struct {
	lesson *lesson.Lesson
	step   int
	kind   lesson.Kind
	title  string
	text   string
}

// form is a word as lessons write it, folded, with its stem: what people type
// of an unfinished word is the beginning of a form, not of a stem.
type form struct{ fold, stem string }

// posting says that a page holds a word, and how much that counts.
type posting struct {
	page   int32
	weight float32
}

// How much a word counts by where it stands.
const (
	inTitle float32 = 9
	inTerms float32 = 4 // themes, taught words, objectives
	inText  float32 = 1
)

// New reads lessons into an index.
func New(lessons []*lesson.Lesson) *Index {
	x := &Index{postings: map[string][]posting{}}
	seen := map[form]bool{}
	for _, l := range lessons {
		x.add(seen, page{lesson: l, title: l.Title, text: overview(l)}, terms(l))
		for _, s := range l.Steps {
			x.add(seen, page{lesson: l, step: s.N, title: s.Title, text: plain(string(s.HTML))}, "")
		}
		for _, kind := range lesson.Kinds() {
			if t, ok := l.Texts[kind]; ok {
				x.add(seen, page{lesson: l, kind: kind, title: t.Title, text: plain(string(t.HTML))}, "")
			}
		}
	}
	x.forms = slices.SortedFunc(maps.Keys(seen), func(a, b form) int { return cmp.Compare(a.fold, b.fold) })
	return x
}

// add weighs the words of a page.
func (x *Index) add(seen map[form]bool, p page, terms string) {
	n := int32(len(x.pages))
	for stem, weight := range weigh(p.title, terms, p.text, seen) {
		x.postings[stem] = append(x.postings[stem], posting{n, weight})
	}
	x.pages = append(x.pages, p)
}

// rarity makes a word that few pages hold count more.
func (x *Index) rarity(pages int) float32 {
	return float32(math.Log(1 + float64(len(x.pages))/float64(pages)))
}

// overview is what a lesson says of itself.
func overview(l *lesson.Lesson) string {
	said := append([]string{strings.TrimSuffix(l.Summary, ".")}, l.Objectives...)
	for _, w := range l.Words {
		said = append(said, w.Term+" : "+w.Meaning)
	}
	return strings.Join(said, " · ")
}

// terms are the words that say what a lesson is about.
func terms(l *lesson.Lesson) string {
	said := slices.Clone(l.Objectives)
	for _, w := range l.Words {
		said = append(said, w.Term)
	}
	for _, code := range l.Themes {
		if t, ok := level.ThemeOf(code); ok {
			said = append(said, t.Label)
		}
	}
	return strings.Join(said, " ")
}

// plain is the words of HTML that has been sanitised: every "<" opens a tag
// and no attribute holds a ">".
func plain(markup string) string {
	var b strings.Builder
	for markup != "" {
		words, rest, _ := strings.Cut(markup, "<")
		b.WriteString(words)
		tag, after, _ := strings.Cut(rest, ">")
		switch {
		case tag == "/td" || tag == "/th":
			b.WriteString(" · ")
		case !within(tag):
			b.WriteByte(' ')
		}
		markup = after
	}
	return strings.Join(strings.Fields(html.UnescapeString(b.String())), " ")
}

// within says whether a tag stands inside a sentence.
func within(tag string) bool {
	name := strings.TrimPrefix(tag, "/")
	return slices.Contains([]string{"strong", "em", "code", ""}, name)
}
