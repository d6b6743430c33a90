package kiosk_test

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
)

// among says how many lessons of all are shown.
func among(shown int, of []*lesson.Lesson) string { return fmt.Sprintf("%d sur %d", shown, len(of)) }

// having counts the lessons that a catalogue's choice keeps.
func having(list []*lesson.Lesson, keeps func(*lesson.Lesson) bool) int {
	return len(slices.DeleteFunc(slices.Clone(list), func(l *lesson.Lesson) bool { return !keeps(l) }))
}

func TestCatalogueShowsSlotsAndWhatIsMissing(t *testing.T) {
	bare := asking(t)
	m := openMediation(t, []*lesson.Lesson{bare}, func(*kiosk.Mediator) {})
	m.unlock()
	all := append(lessons(t), bare)
	_, page := m.get("/mediateur/catalogue")
	has(t, page, among(len(all), all), "La souris", "Repérer une arnaque", "La vidéo : manque", "il manque 6 pièces sur 7",
		`href="/mediateur/lecon/souris/fiche/conducteur_mediateur"`, "pas encore relue")
	if strings.Contains(strings.ToLower(html.UnescapeString(page)), ">éloigné") {
		t.Error("a level is worded so that it hurts")
	}
}

func TestCatalogueFiltersByAddress(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	all := lessons(t)
	safe := having(all, func(l *lesson.Lesson) bool { return slices.Contains(l.Themes, "securite") })
	middle := having(all, func(l *lesson.Lesson) bool { return slices.Contains(l.Levels, "intermediaire") })
	tests := []struct {
		name   string
		query  url.Values
		shown  []string
		hidden []string
	}{
		{"theme", url.Values{"theme": {"securite"}}, []string{among(safe, all), "Repérer une arnaque", `<option value="securite" selected>`}, []string{"id=\"l-souris\""}},
		{"level", url.Values{"niveau": {"intermediaire"}}, []string{among(middle, all), "id=\"l-arnaque\""}, []string{"id=\"l-clavier\""}},
		{"audience", url.Values{"public": {"personne_allophone_ou_refugies_demandeurs_asile"}}, []string{"id=\"l-souris\""}, []string{"id=\"l-arnaque\""}},
		{"words, guides too", url.Values{"mots": {"tremblement"}}, []string{"id=\"l-souris\"", "<mark>Tremblement</mark>"}, []string{"id=\"l-arnaque\""}},
		{"words and theme", url.Values{"mots": {"message"}, "theme": {"securite"}}, []string{"id=\"l-arnaque\""}, []string{"id=\"l-clavier\""}},
		{"nothing", url.Values{"theme": {"securite"}, "niveau": {"eloigne"}}, []string{among(0, all), "Aucune leçon ne correspond", "Toutes les leçons"}, nil},
		{"unknown code", url.Values{"theme": {`"><b>`}}, []string{among(0, all)}, []string{`"><b>`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, page := m.get("/mediateur/catalogue?" + tt.query.Encode())
			if code != 200 {
				t.Fatalf("status %d; want 200", code)
			}
			has(t, page, tt.shown...)
			for _, words := range tt.hidden {
				if strings.Contains(page, words) {
					t.Errorf("page shows %q; want it filtered", words)
				}
			}
		})
	}
}

// TestPreviewNeedsNoSession reads a lesson and its guide in mediator mode while
// nobody uses the station.
func TestPreviewNeedsNoSession(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	_, page := m.get("/mediateur/lecon/souris")
	has(t, page, "1. Faire connaissance", `id="etape-6"`, "Clic droit et double-clic", "tenir la souris sans me fatiguer")
	_, page = m.get("/mediateur/lecon/souris/fiche/conducteur_mediateur")
	has(t, page, "Animer la leçon", "Difficultés fréquentes", "L’équipe Mallette")
	for _, path := range []string{"/mediateur/lecon/absente", "/mediateur/lecon/souris/fiche/quiz", "/mediateur/lecon/absente/fiche/memo"} {
		if code, _ := m.get(path); code != 404 {
			t.Errorf("GET %s = %d; want 404", path, code)
		}
	}
	if len(m.counter.got) != 0 {
		t.Errorf("reading before people come counted %v; want nothing", m.counter.got)
	}
}
