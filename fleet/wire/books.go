package wire

import "slices"

// BooksTarget is where a tenant's signed data lists its books. A book's bytes
// are a blob beside the parts of base releases, named by their hash.
const BooksTarget = "books.json"

// Books is the signed list of a tenant's books: whole collections of pages, as
// device/lesson/zim/book makes them.
type Books struct {
	V     int    `json:"v"` // 1
	Books []Book `json:"books"`
}

// Book is one published book.
type Book struct {
	Title string   `json:"title"`
	Hash  string   `json:"sha256"` // of the file
	Size  int64    `json:"size"`
	Kits  []string `json:"kits,omitempty"` // for these kits only; none: for all
}

// maxBooks is as many as a station opens.
const maxBooks = 100

// Check implements [Message].
func (m *Books) Check() error {
	if m.V != 1 || len(m.Books) > maxBooks {
		return malformed("books")
	}
	for _, b := range m.Books {
		if !lessonSum.MatchString(b.Hash) || b.Size <= 0 || len(b.Kits) > 200 {
			return malformed("book")
		}
		if err := short(append([]string{b.Title}, b.Kits...)...); err != nil {
			return err
		}
	}
	return nil
}

// For is the books that a station of a kit should have.
func (m *Books) For(kit string) []Book {
	var list []Book
	for _, b := range m.Books {
		if len(b.Kits) == 0 || slices.Contains(b.Kits, kit) {
			list = append(list, b)
		}
	}
	return list
}
