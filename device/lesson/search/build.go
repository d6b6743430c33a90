package search

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"maps"
	"slices"

	"github.com/mallette-kit/mallette/device/lesson/word"
)

// Doc is a page of a collection that is too large for memory.
type Doc struct {
	Title string
	Terms string // other names of the page
	Text  string
}

// Builder gathers the words of pages for an index that stays on the disk: see
// [File]. Its zero value is ready.
type Builder struct {
	docs     uint32
	postings map[string][]posting
	forms    map[form]bool
}

// maxPostings bounds the pages that are kept for one word: those where it
// counts most.
const maxPostings = 1 << 16

// Add reads the next page; pages are numbered from 0.
func (b *Builder) Add(d Doc) {
	if b.postings == nil {
		b.postings, b.forms = map[string][]posting{}, map[form]bool{}
	}
	for stem, weight := range weigh(d.Title, d.Terms, d.Text, b.forms) {
		b.postings[stem] = append(b.postings[stem], posting{int32(b.docs), weight})
	}
	b.docs++
}

// Sizes of what the file holds; everything is little-endian.
const (
	fileHead    = 12 // pages, stems, forms
	stemRecord  = 20 // place of the word u32, its length u32, place of its pages u64, how many u32
	formRecord  = 12 // place of the word u32, its length u32, its stem u32
	postingSize = 5  // page u32, weight u8
)

// WriteTo writes the index: the head, stems in order, forms in order, the
// length of the words u32, the words, and the pages of each stem.
func (b *Builder) WriteTo(w io.Writer) (int64, error) {
	le := binary.LittleEndian
	stems := slices.Sorted(maps.Keys(b.postings))
	forms := slices.SortedFunc(maps.Keys(b.forms), func(a, b form) int {
		return cmp.Or(cmp.Compare(a.fold, b.fold), cmp.Compare(a.stem, b.stem))
	})
	var words, pages, out []byte
	out = le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, b.docs), uint32(len(stems))), uint32(len(forms)))
	number := make(map[string]uint32, len(stems))
	for i, stem := range stems {
		number[stem] = uint32(i)
		list := heaviest(b.postings[stem])
		out = le.AppendUint32(le.AppendUint32(out, uint32(len(words))), uint32(len(stem)))
		out = le.AppendUint32(le.AppendUint64(out, uint64(len(pages))), uint32(len(list)))
		words = append(words, stem...)
		for _, p := range list {
			pages = append(le.AppendUint32(pages, uint32(p.page)), byte(p.weight))
		}
	}
	for _, f := range forms {
		out = le.AppendUint32(le.AppendUint32(out, uint32(len(words))), uint32(len(f.fold)))
		out = le.AppendUint32(out, number[f.stem])
		words = append(words, f.fold...)
	}
	out = le.AppendUint32(out, uint32(len(words)))
	n, err := io.Copy(w, io.MultiReader(bytes.NewReader(out), bytes.NewReader(words), bytes.NewReader(pages)))
	return n, err
}

// heaviest keeps the pages where a word counts most, in their order.
func heaviest(list []posting) []posting {
	if len(list) <= maxPostings {
		return list
	}
	kept := slices.Clone(list)
	slices.SortStableFunc(kept, func(a, b posting) int { return cmp.Compare(b.weight, a.weight) })
	kept = kept[:maxPostings]
	slices.SortFunc(kept, func(a, b posting) int { return cmp.Compare(a.page, b.page) })
	return kept
}

// weigh gives the words of a page what they count: a word that comes back
// counts a little more. Forms that are met are added to seen.
func weigh(title, terms, text string, seen map[form]bool) map[string]float32 {
	weights := map[string]float32{}
	for _, w := range word.Split(text) {
		weights[w.Stem] = min(weights[w.Stem]+inText, 3*inText)
		seen[form{w.Fold, w.Stem}] = true
	}
	for _, w := range word.Split(terms) {
		weights[w.Stem] = max(weights[w.Stem], inTerms)
		seen[form{w.Fold, w.Stem}] = true
	}
	for _, w := range word.Split(title) {
		weights[w.Stem] = max(weights[w.Stem], inTitle)
		seen[form{w.Fold, w.Stem}] = true
	}
	return weights
}
