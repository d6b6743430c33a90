package book

import (
	"encoding/binary"
	"io"

	"github.com/mallette-kit/mallette/device/lesson/search"
)

// Hit is a page that speaks of what was asked.
type Hit struct {
	Entry
	Title []search.Part
	Text  []search.Part // around the words that were asked; empty for a page that is too long
}

// Search returns the pages that hold what was asked, the best first, so many
// at most. What was asked is kept nowhere.
func (b *Book) Search(text string, most int) ([]Hit, error) {
	found, err := b.word.Find(text, most)
	if err != nil {
		return nil, err
	}
	hits := make([]Hit, 0, len(found.Docs))
	for _, doc := range found.Docs {
		e, err := b.doc(doc)
		if err != nil {
			return nil, err
		}
		words, err := b.plain(e)
		if err != nil {
			return nil, err
		}
		hits = append(hits, Hit{e, found.Title(e.Title), found.Excerpt(words)})
	}
	return hits, nil
}

// doc is the page of that number in the index of words.
func (b *Book) doc(i int) (Entry, error) {
	if i < 0 || i >= b.Pages() {
		return Entry{}, ErrFormat
	}
	raw, err := b.at(b.head.order+4*int64(b.Pages()+i), 4)
	if err != nil {
		return Entry{}, err
	}
	return b.entry(binary.LittleEndian.Uint32(raw))
}

// plain is the words of a page, for an excerpt.
func (b *Book) plain(e Entry) (string, error) {
	if e.Size > maxText {
		return "", nil
	}
	content, err := b.Content(e)
	if err != nil {
		return "", err
	}
	raw, err := io.ReadAll(content)
	if err != nil {
		return "", err
	}
	return readPage(raw).text, nil
}
