package kiosk_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson/cycle"
)

// newCycles is a station whose mediator makes cycles, with a stick.
func newCycles(t *testing.T) (*mediation, *cycle.Book, string) {
	t.Helper()
	book, stick := cycle.Open(filepath.Join(t.TempDir(), "cycles"), nil), t.TempDir()
	cycles := &kiosk.Cycles{Book: book, Stick: kiosk.StickAt(stick)}
	m := newMediationWith(t, func(part *kiosk.Mediator) { cycles.Mediator = part }, cycles)
	return m, book, stick
}

func TestACycleIsComposedByButtons(t *testing.T) {
	m, book, _ := newCycles(t)
	m.unlock()
	_, page := m.post("/mediateur/cycles", url.Values{"titre": {"Premiers pas"}})
	has(t, page, "Premiers pas", "Ajoutez une première leçon")
	at := "/mediateur/cycles/premiers-pas"
	for _, id := range []string{"souris", "clavier", "arnaque"} {
		m.post(at+"/lecon", url.Values{"lecon": {id}})
	}
	m.post(at+"/ordre", url.Values{"n": {"2"}, "geste": {"haut"}})
	_, page = m.post(at+"/ordre", url.Values{"n": {"0"}, "geste": {"retirer"}})
	has(t, page, "1. ", "Repérer une arnaque", "Monter", "Descendre")
	m.post(at, url.Values{"titre": {"Premiers pas"}, "vu": {"arnaque clavier"}, "notes": {"Apporter\ndes prises"}, "materiel": {"rallonge\n\n"}, "de": {"debutant"}, "note0": {"Dire bonjour"}, "minutes0": {"50"}})
	got, err := book.Get("premiers-pas")
	if err != nil || len(got.Items) != 2 || got.Items[0].Lesson != "arnaque" || got.Items[0].Minutes != 50 || got.Items[0].Notes != "Dire bonjour" || got.Material[0] != "rallonge" || len(got.Items[0].Hash) != 64 {
		t.Fatalf("cycle = %+v, %v; want two lessons with notes, by their content", got, err)
	}
	_, page = m.get(at + "/guide")
	has(t, page, "Séance 1", "rallonge", "Dire bonjour", "Animer la leçon", "<caption")
}

// What is typed is kept while it is typed, with the lesson it is about: also
// when that was moved, or taken out, a moment before the words arrive.
func TestNotesAreKeptWhileTheyAreTyped(t *testing.T) {
	m, book, _ := newCycles(t)
	m.unlock()
	c, err := book.Create(cycle.Cycle{Title: "A", Items: []cycle.Item{{Lesson: "souris", Title: "S"}, {Lesson: "clavier", Title: "C"}, {Lesson: "souris", Title: "S"}}})
	if err != nil {
		t.Fatal(err)
	}
	at := "/mediateur/cycles/" + c.ID
	typed := url.Values{"geste": {"brouillon"}, "vu": {"souris clavier souris"}, "titre": {""}, "notes": {"tout"}, "note0": {"un"}, "note1": {"deux"}, "note2": {"trois"}}
	tests := []struct {
		name  string
		form  url.Values // what comes first
		notes string
	}{
		{"as it is", nil, "souris un, clavier deux, souris trois"},
		{"moved", url.Values{"n": {"1"}, "geste": {"haut"}}, "clavier deux, souris un, souris trois"},
		{"taken out", url.Values{"n": {"0"}, "geste": {"retirer"}}, "souris un, souris trois"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.form != nil {
				m.post(at+"/ordre", tt.form)
			}
			if code, _ := m.post(at, typed); code != http.StatusNoContent {
				t.Errorf("POST what is typed = %d; want 204", code)
			}
			got, err := book.Get(c.ID)
			if err != nil || got.Title != "A" || got.Notes != "tout" {
				t.Errorf("cycle = %+v, %v; want its title, and the notes", got, err)
			}
			var notes []string
			for _, i := range got.Items {
				notes = append(notes, i.Lesson+" "+i.Notes)
			}
			if all := strings.Join(notes, ", "); all != tt.notes {
				t.Errorf("notes = %q; want %q", all, tt.notes)
			}
		})
	}
}

func TestACycleGivesTodaysLesson(t *testing.T) {
	m, book, _ := newCycles(t)
	m.unlock()
	c, err := book.Create(cycle.Cycle{Title: "A", Items: []cycle.Item{{Lesson: "clavier", Title: "Le clavier"}, {Lesson: "absente", Title: "Absente"}}})
	if err != nil {
		t.Fatal(err)
	}
	at := "/mediateur/cycles/" + c.ID
	_, page := m.post(at+"/aujourdhui", url.Values{"n": {"0"}})
	has(t, page, "Ouvrez d’abord la journée")
	m.post("/mediateur/journee", m.day())
	m.post(at+"/aujourdhui", url.Values{"n": {"0"}})
	if day := m.days.Day(); day.Lesson() != "clavier" || book.Next(c.ID) != 1 {
		t.Errorf("today's lesson %q, next %d; want clavier, 1", day.Lesson(), book.Next(c.ID))
	}
	_, page = m.post(at+"/aujourdhui", url.Values{"n": {"1"}})
	has(t, page, "Cette leçon n’est pas sur ce poste")
}

func TestACycleGoesOnAStick(t *testing.T) {
	m, book, stick := newCycles(t)
	m.unlock()
	c, err := book.Create(cycle.Cycle{Title: "Été", Items: []cycle.Item{{Lesson: "souris", Title: "La souris"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, page := m.post("/mediateur/cycles/"+c.ID+"/cle", url.Values{})
	has(t, page, "copié sur la clé")
	m.post("/mediateur/cycles/"+c.ID+"/supprimer", url.Values{})
	_, page = m.get("/mediateur/cycles")
	has(t, page, "0 sur ce poste", "Prendre « Été »")
	_, page = m.post("/mediateur/cycles/cle", url.Values{"cycle": {c.ID}})
	has(t, page, "La souris")
	if err := os.RemoveAll(stick); err != nil {
		t.Fatal(err)
	}
	_, page = m.post("/mediateur/cycles/"+c.ID+"/cle", url.Values{})
	has(t, page, "La clé USB ne répond pas")
}

func TestCyclesThatMakeNoSense(t *testing.T) {
	m, book, _ := newCycles(t)
	if code, page := m.get("/mediateur/cycles"); code != http.StatusOK || strings.Contains(page, "Composer un cycle") {
		t.Errorf("behind a shut door: %d; want the door", code)
	}
	m.unlock()
	c, err := book.Create(cycle.Cycle{Title: "A"})
	if err != nil {
		t.Fatal(err)
	}
	at := "/mediateur/cycles/" + c.ID
	tests := []struct {
		name, path string
		form       url.Values
		code       int
	}{
		{"no title", "/mediateur/cycles", url.Values{"titre": {" "}}, http.StatusUnprocessableEntity},
		{"unknown lesson", at + "/lecon", url.Values{"lecon": {"x"}}, http.StatusBadRequest},
		{"unknown gesture", at + "/ordre", url.Values{"n": {"0"}, "geste": {"x"}}, http.StatusUnprocessableEntity},
		{"no number", at + "/ordre", url.Values{"n": {"x"}}, http.StatusBadRequest},
		{"today's of none", at + "/aujourdhui", url.Values{"n": {"4"}}, http.StatusBadRequest},
		{"unknown cycle", "/mediateur/cycles/absent", url.Values{"titre": {"A"}}, http.StatusNotFound},
		{"not on the stick", "/mediateur/cycles/cle", url.Values{"cycle": {"absent"}}, http.StatusUnprocessableEntity},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if code, _ := m.post(tt.path, tt.form); code != tt.code {
				t.Errorf("POST %s = %d; want %d", tt.path, code, tt.code)
			}
		})
	}
}
