package search

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
)

// ErrIndex says that an index on the disk is not one that a [Builder] wrote.
var ErrIndex = errors.New("not an index of words")

// File is an index that stays where it was written: a search reads the words
// it is asked for and keeps nothing. It is safe for concurrent use when its
// reader is.
type File struct {
	r                  io.ReaderAt
	size               int64
	docs, stems, forms uint32
	words, pages       int64 // where words and pages begin
}

// OpenFile opens an index of that size.
func OpenFile(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size}
	head, err := f.at(0, fileHead)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	f.docs, f.stems, f.forms = le.Uint32(head), le.Uint32(head[4:]), le.Uint32(head[8:])
	f.words = fileHead + int64(f.stems)*stemRecord + int64(f.forms)*formRecord + 4
	long, err := f.at(f.words-4, 4)
	if err != nil {
		return nil, err
	}
	f.pages = f.words + int64(le.Uint32(long))
	if f.pages > size {
		return nil, ErrIndex
	}
	return f, nil
}

// Matches are the pages that hold what was asked, the best first.
type Matches struct {
	Docs  []int
	terms []term
}

// Title marks what was asked in a title.
func (m Matches) Title(title string) []Part { return mark(title, m.terms) }

// Excerpt is the piece of a page's text that holds most of what was asked.
func (m Matches) Excerpt(text string) []Part { return excerpt(text, m.terms) }

// Find returns the best pages, so many at most.
func (f *File) Find(text string, most int) (Matches, error) {
	var failed error
	terms := termsOf(text, func(t term) []string {
		stems, err := f.beginning(t)
		failed = errors.Join(failed, err)
		return stems
	})
	if failed != nil {
		return Matches{}, failed
	}
	found := map[uint32]score{}
	for _, t := range terms {
		if err := f.score(t, found); err != nil {
			return Matches{}, err
		}
	}
	ranked := slices.SortedFunc(maps.Keys(found), func(a, b uint32) int {
		return cmp.Or(cmp.Compare(found[b].worth(), found[a].worth()), cmp.Compare(a, b))
	})
	m := Matches{terms: terms}
	for _, doc := range ranked[:min(most, len(ranked))] {
		m.Docs = append(m.Docs, int(doc))
	}
	return m, nil
}

// score adds what pages are worth for one word of the query.
func (f *File) score(t term, found map[uint32]score) error {
	best := map[uint32]float32{}
	for _, stem := range t.stems {
		if err := f.postings(stem, best); err != nil {
			return err
		}
	}
	rare := float32(math.Log(1 + float64(f.docs)/float64(max(len(best), 1))))
	for doc, weight := range best {
		s := found[doc]
		found[doc] = score{s.terms + 1, s.weight + weight*rare}
	}
	return nil
}

// postings adds the pages of a stem, with its greatest weight in each.
func (f *File) postings(stem string, best map[uint32]float32) error {
	le := binary.LittleEndian
	i, err := f.search(f.stems, fileHead, stemRecord, stem)
	if err != nil || i == f.stems {
		return err
	}
	rec, err := f.at(fileHead+int64(i)*stemRecord, stemRecord)
	if err != nil {
		return err
	}
	if name, err := f.word(rec); err != nil || name != stem {
		return err
	}
	from, n := le.Uint64(rec[8:]), le.Uint32(rec[16:])
	if from > uint64(f.size) || n > maxPostings {
		return ErrIndex
	}
	list, err := f.at(f.pages+int64(from), int64(n)*postingSize)
	if err != nil {
		return err
	}
	for ; len(list) > 0; list = list[postingSize:] {
		if doc := le.Uint32(list); doc < f.docs {
			best[doc] = max(best[doc], float32(list[4]))
		}
	}
	return nil
}

// beginning adds the stems of forms that begin with what was typed.
func (f *File) beginning(t term) ([]string, error) {
	stems, table := t.stems, fileHead+int64(f.stems)*stemRecord
	from, err := f.search(f.forms, table, formRecord, t.begun)
	if err != nil {
		return nil, err
	}
	for i := from; i < min(from+maxForms, f.forms); i++ {
		rec, err := f.at(table+int64(i)*formRecord, formRecord)
		if err != nil {
			return nil, err
		}
		fold, err := f.word(rec)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(fold, t.begun) {
			break
		}
		stem, err := f.stem(binary.LittleEndian.Uint32(rec[8:]))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(stems, stem) {
			stems = append(stems, stem)
		}
	}
	return stems, nil
}

func (f *File) stem(i uint32) (string, error) {
	if i >= f.stems {
		return "", ErrIndex
	}
	rec, err := f.at(fileHead+int64(i)*stemRecord, stemRecord)
	if err != nil {
		return "", err
	}
	return f.word(rec)
}

// search is the first of n records whose word is not before what is wanted.
func (f *File) search(n uint32, table, width int64, want string) (uint32, error) {
	var failed error
	i := sort.Search(int(n), func(i int) bool {
		rec, err := f.at(table+int64(i)*width, width)
		if err != nil {
			failed = err
			return true
		}
		got, err := f.word(rec)
		failed = errors.Join(failed, err)
		return got >= want
	})
	return uint32(i), failed
}

// word is the text that a record begins by naming.
func (f *File) word(rec []byte) (string, error) {
	le := binary.LittleEndian
	from, n := int64(le.Uint32(rec)), int64(le.Uint32(rec[4:]))
	if n > 1<<10 || from+n > f.pages-f.words {
		return "", ErrIndex
	}
	raw, err := f.at(f.words+from, n)
	return string(raw), err
}

func (f *File) at(offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || offset > f.size || n > f.size-offset {
		return nil, ErrIndex
	}
	raw := make([]byte, n)
	if _, err := f.r.ReadAt(raw, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read index: %w", err)
	}
	return raw, nil
}
