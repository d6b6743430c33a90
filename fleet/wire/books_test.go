package wire_test

import (
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/wire"
)

func TestBooksAreHeldToTheirForm(t *testing.T) {
	sound := wire.Book{Title: "Aide", Hash: strings.Repeat("a", 64), Size: 5}
	for _, tt := range []struct {
		name  string
		bend  func(*wire.Books)
		sound bool
	}{
		{"sound", func(*wire.Books) {}, true},
		{"no size", func(m *wire.Books) { m.Books[0].Size = 0 }, false},
		{"a hash that leads out", func(m *wire.Books) { m.Books[0].Hash = "../" + m.Books[0].Hash[3:] }, false},
		{"an endless title", func(m *wire.Books) { m.Books[0].Title = strings.Repeat("x", 5000) }, false},
		{"a later form", func(m *wire.Books) { m.V = 2 }, false},
		{"too many", func(m *wire.Books) { m.Books = make([]wire.Book, 101) }, false},
	} {
		m := wire.Books{V: 1, Books: []wire.Book{sound}}
		tt.bend(&m)
		if err := m.Check(); (err == nil) != tt.sound {
			t.Errorf("%s: Check() = %v; want sound %v", tt.name, err, tt.sound)
		}
	}
}

func FuzzBooks(f *testing.F) {
	f.Add([]byte(`{"v":1,"books":[{"title":"Aide","sha256":"` + strings.Repeat("a", 64) + `","size":5}]}`))
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m wire.Books
		if wire.Decode(raw, &m) == nil && m.Check() != nil {
			t.Errorf("Decode took a list that Check refuses: %q", raw)
		}
	})
}
