package kiosk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/search"
	"github.com/mallette-kit/mallette/fleet/level"
)

// filter is which lessons a mediator wants to see; its fields are codes, or ""
// for all.
type filter struct {
	Audience, Theme, Level string
	Asked                  string
}

func readFilter(q url.Values) filter {
	return filter{q.Get("public"), q.Get("theme"), q.Get("niveau"), strings.TrimSpace(q.Get("mots"))}
}

func (f filter) keeps(l *lesson.Lesson) bool {
	return (f.Audience == "" || slices.Contains(l.Audiences, f.Audience)) &&
		(f.Theme == "" || slices.Contains(l.Themes, f.Theme)) &&
		(f.Level == "" || slices.Contains(l.Levels, f.Level))
}

// Narrowed says that some lessons may be hidden.
func (f filter) Narrowed() bool { return f != filter{} }

// cataloguePage is the lessons of the station as a mediator prepares with them.
type cataloguePage struct {
	frame
	Filter    filter
	Audiences []level.Term
	Themes    []level.Term
	Levels    []level.Term
	Lessons   []shelved
	Of        int // lessons on the station
}

// shelved is a lesson in the catalogue, with its seven slots and the pages that
// hold what was asked.
type shelved struct {
	*lesson.Lesson
	For, About, Level string
	Missing           int
	Pages             []foundPage
}

func (m *Mediator) catalogue(w http.ResponseWriter, r *http.Request) error {
	f, all := readFilter(r.URL.Query()), m.Catalogue.Lessons()
	return m.Render(w, r, http.StatusOK, "mediator/catalogue", cataloguePage{
		frame: m.frame(r, "catalogue"), Filter: f, Lessons: m.shelf(f), Of: len(all),
		Audiences: terms(all, func(l *lesson.Lesson) []string { return l.Audiences }, level.Audience),
		Themes:    terms(all, func(l *lesson.Lesson) []string { return l.Themes }, themeTerm),
		Levels:    terms(all, func(l *lesson.Lesson) []string { return l.Levels }, levelTerm),
	})
}

// shelf is the lessons that a filter keeps: in their order, or the best first
// when words are asked.
func (m *Mediator) shelf(f filter) []shelved {
	var list []shelved
	if f.Asked == "" {
		for _, l := range m.pick(f.keeps) {
			list = append(list, shelve(l))
		}
		return list
	}
	for _, h := range m.index.of(m.Catalogue.Lessons()).Find(search.Query{Text: f.Asked, Guides: true, Keep: f.keeps, Most: 60}) {
		i := slices.IndexFunc(list, func(s shelved) bool { return s.Lesson == h.Lesson })
		if i < 0 {
			i, list = len(list), append(list, shelve(h.Lesson))
		}
		list[i].Pages = append(list[i].Pages, foundPage{h, previewURL(h)})
	}
	return list
}

func shelve(l *lesson.Lesson) shelved {
	missing := 0
	for _, s := range l.Slots() {
		if !s.Present {
			missing++
		}
	}
	return shelved{
		Lesson: l, Missing: missing,
		For: labels(l.Audiences, level.Audience), About: labels(l.Themes, themeTerm), Level: labels(l.Levels, levelTerm),
	}
}

func themeTerm(code string) (level.Term, bool) {
	t, ok := level.ThemeOf(code)
	return level.Term{Code: t.Code, Label: t.Label}, ok
}

// terms are the values that lessons of this station have, by their label.
func terms(all []*lesson.Lesson, of func(*lesson.Lesson) []string, find func(string) (level.Term, bool)) []level.Term {
	var list []level.Term
	for _, l := range all {
		for _, code := range of(l) {
			if t, ok := find(code); ok && !slices.Contains(list, t) {
				list = append(list, t)
			}
		}
	}
	slices.SortFunc(list, func(a, b level.Term) int { return strings.Compare(a.Label, b.Label) })
	return list
}
