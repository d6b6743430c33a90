package check

import (
	_ "embed" // the lists are files, so that people who do not program can review them
	"slices"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/word"
)

var (
	//go:embed data/mots-difficiles.tsv
	hardTSV string
	//go:embed data/marques.tsv
	brandsTSV string
)

// term is a word or a few, and what to write instead.
type term struct {
	said, instead string
	stems         []string
}

// The lists are read at first use and never change.
var (
	hard   = sync.OnceValue(func() []term { return parseTerms(hardTSV) })
	brands = sync.OnceValue(func() []term { return parseTerms(brandsTSV) })
)

// parseTerms reads lines of "words<tab>what to write instead"; a line that
// begins with # is a remark.
func parseTerms(tsv string) []term {
	var terms []term
	for line := range strings.Lines(tsv) {
		said, instead, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if ok && !strings.HasPrefix(said, "#") {
			terms = append(terms, term{said, instead, stemsOf(said)})
		}
	}
	return terms
}

func stemsOf(s string) []string {
	var stems []string
	for _, w := range word.Split(s) {
		stems = append(stems, w.Stem)
	}
	return stems
}

// hit is a term found in a passage.
type hit struct {
	term
	at int // byte of the passage
}

// findTerms finds the terms that a passage holds, each at its first place.
func findTerms(terms []term, passage string) []hit {
	words := word.Split(passage)
	stems := make([]string, len(words))
	for i, w := range words {
		stems[i] = w.Stem
	}
	var hits []hit
	for _, t := range terms {
		for i := range stems {
			if i+len(t.stems) <= len(stems) && slices.Equal(stems[i:i+len(t.stems)], t.stems) {
				hits = append(hits, hit{t, words[i].Start})
				break
			}
		}
	}
	return hits
}

// brands looks for names of products in titles: a lesson teaches a usage, not
// a brand. A brand counts as it is written, capitals included.
func (g *gate) brands() {
	g.branded(g.meta.Title, g.field("title"))
	for _, t := range g.texts {
		for _, h := range t.headings {
			g.branded(h.words, place{t.file, h.line, t.step})
		}
	}
}

func (g *gate) branded(title string, at place) {
	for _, h := range findTerms(brands(), title) {
		if strings.HasPrefix(title[h.at:], h.said) {
			g.find("marque", Advice, at, "Le titre nomme une marque, « "+h.said+" ». On apprend un usage : écrivez plutôt « "+h.instead+" ».")
		}
	}
}

// language guesses the language of a text by its little words: "fr", "en" or
// "" when it cannot tell.
func (t *text) language() string {
	french := strings.Fields("le la les un une des et est dans pour sur vous je que qui pas du au avec")
	english := strings.Fields("the a an of and is in to for on you it that not with this are your")
	fr, en := 0, 0
	for _, p := range t.passages {
		for _, w := range strings.Fields(word.Fold(p.words)) {
			if slices.Contains(french, w) {
				fr++
			}
			if slices.Contains(english, w) {
				en++
			}
		}
	}
	switch {
	case fr+en < 8:
		return ""
	case fr > 2*en:
		return "fr"
	case en > 2*fr:
		return "en"
	}
	return ""
}

// explained are the terms that the lesson teaches.
func explained(m lesson.Meta) [][]string {
	var stems [][]string
	for _, w := range m.Words {
		stems = append(stems, stemsOf(w.Term))
	}
	return stems
}
