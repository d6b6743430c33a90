// Package search finds the pages of lessons that speak of something: titles
// before themes and taught words, those before what the text says. Accents,
// capitals and endings do not matter, and the last word may be unfinished.
//
//	index := search.New(catalogue.Lessons())
//	for _, hit := range index.Find(search.Query{Text: "mot de passe"}) { … }
//
// It keeps an index of lessons in memory, and nothing of what is asked.
package search

import (
	"cmp"
	"slices"

	"github.com/mallette-kit/mallette/device/lesson"
)

// Query is what somebody looks for. Only Text is required.
type Query struct {
	Text   string
	Guides bool // the mediator's guides too
	Keep   func(*lesson.Lesson) bool
	Most   int // hits wanted; 0: 20
}

// Hit is a page that speaks of what was asked.
type Hit struct {
	Lesson *lesson.Lesson
	Step   int         // from 1, or 0 when the page is none
	Kind   lesson.Kind // the asset, or "" when the page is none
	Title  []Part
	Text   []Part // around the words that were asked
}

// Part is a piece of a text; Found says that it was asked.
type Part struct {
	Words string
	Found bool
}

// What a query may cost.
const (
	maxQuery = 200 // bytes of it that count
	maxTerms = 8   // words of it that count
	usual    = 20
)

// Find returns the best pages first: those that hold more of the words asked,
// and hold them where it counts. At most three are of one lesson.
// A query without a word, or with none that a lesson holds, finds nothing.
func (x *Index) Find(q Query) []Hit {
	terms := termsOf(q.Text, x.beginning)
	found, held := x.score(terms)
	held = slices.DeleteFunc(held, func(i int32) bool {
		p := &x.pages[i]
		return (p.kind == lesson.MediatorGuide && !q.Guides) || (q.Keep != nil && !q.Keep(p.lesson))
	})
	slices.SortFunc(held, func(a, b int32) int {
		return cmp.Or(cmp.Compare(found[b].worth(), found[a].worth()), cmp.Compare(a, b))
	})
	return x.hits(held, terms, cmp.Or(q.Most, usual))
}

// ofLesson bounds how many pages of one lesson are shown.
const ofLesson = 3

func (x *Index) hits(ranked []int32, terms []term, most int) []Hit {
	shown := map[*lesson.Lesson]int{}
	var hits []Hit
	for _, i := range ranked {
		p := &x.pages[i]
		if shown[p.lesson] == ofLesson {
			continue
		}
		shown[p.lesson]++
		hits = append(hits, Hit{Lesson: p.lesson, Step: p.step, Kind: p.kind, Title: mark(p.title, terms), Text: excerpt(p.text, terms)})
		if len(hits) == most {
			break
		}
	}
	return hits
}

// score is what a page is worth for a query.
type score struct {
	terms  int32 // words of the query that it holds
	weight float32
}

func (s score) worth() float32 { return s.weight * float32(s.terms) }

// score gives every page what it is worth, and lists those that hold a word.
func (x *Index) score(terms []term) (found []score, held []int32) {
	found = make([]score, len(x.pages))
	best := make([]float32, len(x.pages))
	for _, t := range terms {
		var pages []int32
		for _, stem := range t.stems {
			for _, p := range x.postings[stem] {
				if best[p.page] == 0 {
					pages = append(pages, p.page)
				}
				best[p.page] = max(best[p.page], p.weight)
			}
		}
		for _, i := range pages {
			if found[i].terms == 0 {
				held = append(held, i)
			}
			found[i].terms++
			found[i].weight += best[i] * x.rarity(len(pages))
			best[i] = 0
		}
	}
	return found, held
}
