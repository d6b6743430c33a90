package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mallette-kit/mallette/device/lesson/word"
)

// term is one word of a query with the stems of the index it stands for.
type term struct {
	stem  string
	stems []string
	begun string // its letters, when it may be the beginning of a longer word
}

// termsOf reads a query; beginning finds the stems that an unfinished word may
// become. Words so frequent that they say nothing only count when there is no
// other.
func termsOf(text string, beginning func(term) []string) []term {
	words := word.Split(clip(text))
	said := slices.DeleteFunc(slices.Clone(words), func(w word.Word) bool { return word.Common(w.Stem) })
	if len(said) == 0 {
		said = words
	}
	var terms []term
	for i, w := range said[:min(len(said), maxTerms)] {
		if slices.ContainsFunc(terms, func(t term) bool { return t.stem == w.Stem }) {
			continue
		}
		t := term{stem: w.Stem, stems: []string{w.Stem}}
		if i == len(said)-1 && utf8.RuneCountInString(w.Fold) >= 3 {
			t.begun = w.Fold
			t.stems = beginning(t)
		}
		terms = append(terms, t)
	}
	return terms
}

// clip keeps what counts of a query, cut between characters.
func clip(text string) string {
	text = strings.ToValidUTF8(text, " ")
	for len(text) > maxQuery {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text
}

// beginning adds the stems of forms that begin with what was typed; of so many
// forms at most.
func (x *Index) beginning(t term) []string {
	stems := t.stems
	from, _ := slices.BinarySearchFunc(x.forms, t.begun, func(f form, s string) int { return cmp.Compare(f.fold, s) })
	for _, f := range x.forms[from:min(from+maxForms, len(x.forms))] {
		if !strings.HasPrefix(f.fold, t.begun) {
			break
		}
		if !slices.Contains(stems, f.stem) {
			stems = append(stems, f.stem)
		}
	}
	return stems
}

const maxForms = 64
