package kiosk_test

import (
	"html"
	"net/url"
	"strings"
	"testing"
)

func TestCatalogueShowsSlotsAndWhatIsMissing(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	_, page := m.get("/mediateur/catalogue")
	has(t, page, "3 sur 3", "La souris", "Repérer une arnaque", "La vidéo : manque", "il manque 1 pièce sur 7",
		`href="/mediateur/lecon/souris/fiche/conducteur_mediateur"`, "pas encore relue")
	if strings.Contains(strings.ToLower(html.UnescapeString(page)), ">éloigné") {
		t.Error("a level is worded so that it hurts")
	}
}

func TestCatalogueFiltersByAddress(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	tests := []struct {
		name   string
		query  url.Values
		shown  []string
		hidden []string
	}{
		{"theme", url.Values{"theme": {"securite"}}, []string{"1 sur 3", "Repérer une arnaque", `<option value="securite" selected>`}, []string{"id=\"l-souris\""}},
		{"level", url.Values{"niveau": {"intermediaire"}}, []string{"1 sur 3", "id=\"l-arnaque\""}, []string{"id=\"l-clavier\""}},
		{"audience", url.Values{"public": {"personne_allophone_ou_refugies_demandeurs_asile"}}, []string{"id=\"l-souris\""}, []string{"id=\"l-arnaque\""}},
		{"words, guides too", url.Values{"mots": {"tremblement"}}, []string{"id=\"l-souris\"", "<mark>Tremblement</mark>"}, []string{"id=\"l-arnaque\""}},
		{"words and theme", url.Values{"mots": {"message"}, "theme": {"securite"}}, []string{"id=\"l-arnaque\""}, []string{"id=\"l-clavier\""}},
		{"nothing", url.Values{"theme": {"securite"}, "niveau": {"eloigne"}}, []string{"0 sur 3", "Aucune leçon ne correspond", "Toutes les leçons"}, nil},
		{"unknown code", url.Values{"theme": {`"><b>`}}, []string{"0 sur 3"}, []string{`"><b>`}},
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
