package search

import (
	"slices"

	"github.com/mallette-kit/mallette/device/lesson/word"
)

// Words of an excerpt, and how many of them come before the first one asked.
const (
	shown  = 26
	before = 8
)

func (t term) is(w word.Word) bool { return slices.Contains(t.stems, w.Stem) }

func asked(w word.Word, terms []term) bool {
	for _, t := range terms {
		if t.is(w) {
			return true
		}
	}
	return false
}

// mark cuts a text into parts that were asked and parts that were not.
func mark(text string, terms []term) []Part {
	return parts(text, 0, len(text), word.Split(text), terms)
}

// excerpt is the piece of a text that holds most of the words asked, cut
// between words, with an ellipsis where something is left out.
func excerpt(text string, terms []term) []Part {
	words := word.Split(text)
	if len(words) <= shown {
		return mark(text, terms)
	}
	first := max(0, densest(words, terms)-before)
	last := min(first+shown, len(words))
	from, to := words[first].Start, words[last-1].End
	if first == 0 {
		from = 0
	}
	if last == len(words) {
		to = len(text)
	}
	cut := parts(text, from, to, words[first:last], terms)
	if from > 0 {
		cut = append([]Part{{Words: "… "}}, cut...)
	}
	if to < len(text) {
		cut = append(cut, Part{Words: "…"})
	}
	return cut
}

// densest is the word asked after which most others asked follow soon.
func densest(words []word.Word, terms []term) int {
	var at []int
	for i, w := range words {
		if asked(w, terms) {
			at = append(at, i)
		}
	}
	best, most := 0, 0
	for i, from := range at {
		n := 0
		for _, next := range at[i:] {
			if next-from < shown-before {
				n++
			}
		}
		if n > most {
			best, most = from, n
		}
	}
	return best
}

func parts(text string, from, to int, words []word.Word, terms []term) []Part {
	var cut []Part
	for _, w := range words {
		if !asked(w, terms) {
			continue
		}
		if w.Start > from {
			cut = append(cut, Part{Words: text[from:w.Start]})
		}
		cut = append(cut, Part{Words: text[w.Start:w.End], Found: true})
		from = w.End
	}
	if from < to {
		cut = append(cut, Part{Words: text[from:to]})
	}
	return cut
}
