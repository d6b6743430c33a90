package search_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson/search"
)

func written(t testing.TB, docs ...search.Doc) []byte {
	t.Helper()
	var b search.Builder
	for _, d := range docs {
		b.Add(d)
	}
	var out bytes.Buffer
	if n, err := b.WriteTo(&out); err != nil || n != int64(out.Len()) {
		t.Fatalf("WriteTo() = %d, %v; want %d bytes", n, err, out.Len())
	}
	return out.Bytes()
}

func pagesOfFruit() []search.Doc {
	return []search.Doc{
		{Title: "Les pommes", Text: "On cueille les pommes en automne. Une pomme se croque."},
		{Title: "Les poires", Text: "La poire mûrit après la pomme."},
		{Title: "Les fraises", Terms: "gariguette", Text: "On les mange en été."},
	}
}

func TestFileFindsWhatWasWritten(t *testing.T) {
	raw := written(t, pagesOfFruit()...)
	f, err := search.OpenFile(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want       []int
	}{
		{"title before text", "pomme", []int{0, 1}},
		{"accents and capitals", "MURIT", []int{1}},
		{"unfinished word", "garig", []int{2}},
		{"both words first", "poire pomme", []int{1, 0}},
		{"no such word", "xylophone", nil},
		{"nothing", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := f.Find(c.text, 5)
			if err != nil || !slices.Equal(got.Docs, c.want) {
				t.Errorf("Find(%q) = %v, %v; want %v", c.text, got.Docs, err, c.want)
			}
		})
	}
	m, err := f.Find("pommes", 5)
	if err != nil || !slices.Contains(m.Title("Les pommes"), search.Part{Words: "pommes", Found: true}) {
		t.Errorf("Title() = %v, %v; want the word marked", m.Title("Les pommes"), err)
	}
}

func TestFileIsTheSameEachTime(t *testing.T) {
	if !bytes.Equal(written(t, pagesOfFruit()...), written(t, pagesOfFruit()...)) {
		t.Error("the same pages gave two different indexes")
	}
}

func FuzzFile(f *testing.F) {
	f.Add(written(f, pagesOfFruit()...), "pomme")
	f.Add([]byte{}, "x")
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		x, err := search.OpenFile(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		m, err := x.Find(text, 5)
		if err != nil {
			return
		}
		for _, doc := range m.Docs {
			if doc < 0 {
				t.Errorf("Find(%q) = page %d", text, doc)
			}
		}
	})
}
