package search_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/search"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

func builtin(t testing.TB) []*lesson.Lesson {
	t.Helper()
	files, err := fs.Sub(kioskui.Files, "lessons")
	if err != nil {
		t.Fatal(err)
	}
	return lesson.Open(t.Context(), files, "").Lessons()
}

// where names the page of a hit.
func where(h search.Hit) string {
	return strings.TrimRight(fmt.Sprintf("%s/%d%s", h.Lesson.ID, h.Step, h.Kind), "/")
}

// text is the words of a hit, with what was asked between brackets.
func text(parts []search.Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Found {
			b.WriteString("[" + p.Words + "]")
		} else {
			b.WriteString(p.Words)
		}
	}
	return b.String()
}

func TestFirstPageFound(t *testing.T) {
	index := search.New(builtin(t))
	tests := []struct{ name, query, want string }{
		{"title of a lesson", "souris", "souris/0"},
		{"without accents, plural", "ECRIRE au CLAVIERS", "clavier/0"},
		{"title of a step", "accents", "clavier/5"},
		{"verb for noun", "cliquer", "souris/4"},
		{"unfinished", "arnaq", "arnaque/0"},
		{"sign", "@", "clavier/6"},
		{"phrase among common words", "comment je fais une majuscule ?", "clavier/4"},
		{"word of the text alone", "33700", "arnaque/4"},
		{"two words meet", "faux conseiller au téléphone", "arnaque/5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hits := index.Find(search.Query{Text: tt.query})
			if len(hits) == 0 || where(hits[0]) != tt.want {
				var got []string
				for _, h := range hits {
					got = append(got, where(h))
				}
				t.Errorf("Find(%q) = %v; want %s first", tt.query, got, tt.want)
			}
		})
	}
}

func TestNothingFound(t *testing.T) {
	index := search.New(builtin(t))
	for _, q := range []string{"", "   ", "?!", "xylophone", "<script>", "\xff\xfe", strings.Repeat("zz ", 500)} {
		if hits := index.Find(search.Query{Text: q}); len(hits) != 0 {
			t.Errorf("Find(%q) = %d hits, first %s; want none", q, len(hits), where(hits[0]))
		}
	}
	if hits := search.New(nil).Find(search.Query{Text: "souris"}); len(hits) != 0 {
		t.Errorf("an empty index finds %d", len(hits))
	}
}

func TestWordsInContext(t *testing.T) {
	hits := search.New(builtin(t)).Find(search.Query{Text: "opposition", Most: 1})
	if len(hits) != 1 || !strings.Contains(text(hits[0].Text), "[opposition]") {
		t.Fatalf("hits = %+v; want opposition in its sentence", hits)
	}
	if n := len(strings.Fields(text(hits[0].Text))); n > 40 {
		t.Errorf("excerpt has %d words: %s; want a line or two", n, text(hits[0].Text))
	}
	hits = search.New(builtin(t)).Find(search.Query{Text: "clavier", Most: 1})
	if got := text(hits[0].Title); got != "Le [clavier]" {
		t.Errorf("title = %q; want what was asked marked", got)
	}
}

func TestGuidesAreForMediators(t *testing.T) {
	index := search.New(builtin(t))
	guides := func(q search.Query) (n int) {
		for _, h := range index.Find(q) {
			if h.Kind == lesson.MediatorGuide {
				n++
			}
		}
		return n
	}
	if n := guides(search.Query{Text: "animer"}); n != 0 {
		t.Errorf("%d guides found by anybody; want none", n)
	}
	if n := guides(search.Query{Text: "animer", Guides: true}); n == 0 {
		t.Error("no guide found by a mediator")
	}
}

func TestKeepAndMost(t *testing.T) {
	index := search.New(builtin(t))
	only := func(l *lesson.Lesson) bool { return l.ID == "arnaque" }
	hits := index.Find(search.Query{Text: "clavier souris message adresse", Keep: only})
	for _, h := range hits {
		if h.Lesson.ID != "arnaque" {
			t.Errorf("found %s; want the kept lesson alone", where(h))
		}
	}
	if len(hits) == 0 || len(hits) > 3 {
		t.Errorf("%d hits of one lesson; want one to three", len(hits))
	}
	if hits := index.Find(search.Query{Text: "le", Most: 2}); len(hits) != 2 {
		t.Errorf("%d hits; want 2", len(hits))
	}
}

func FuzzFind(f *testing.F) {
	files, err := fs.Sub(kioskui.Files, "lessons")
	if err != nil {
		f.Fatal(err)
	}
	index := search.New(lesson.Open(f.Context(), files, "").Lessons())
	for _, seed := range []string{"souris", "l'arobase @", "\xff", "é", strings.Repeat("a", 400)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, q string) {
		for _, h := range index.Find(search.Query{Text: q, Guides: true}) {
			page := h.Step > 0 || h.Kind != "" // a lesson may be found by its theme, which is not shown
			if page && !strings.Contains(text(h.Title)+text(h.Text), "[") {
				t.Errorf("Find(%q) gives %s without the words: %s", q, where(h), text(h.Text))
			}
		}
	})
}
