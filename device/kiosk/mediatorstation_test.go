package kiosk_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
)

func TestStationSaysWhatToDo(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	_, page := m.get("/mediateur/poste")
	has(t, page, "Tout va bien", "jamais, ou on ne sait pas quand")
	m.state.Alerts = []kiosk.Alert{
		{Kind: kiosk.AlertDeadline, N: 3, By: time.Date(2027, 2, 28, 0, 0, 0, 0, time.UTC)}, {Kind: kiosk.AlertDisk}, {Kind: kiosk.AlertAside},
		{Kind: kiosk.AlertClock}, {Kind: kiosk.AlertSync, N: 8}, {Kind: kiosk.AlertLists, N: 20}, {Kind: kiosk.AlertReader},
	}
	_, page = m.get("/mediateur/poste")
	has(t, page, "3 validations ne sont pas encore envoyées", "28 février 2027", "presque plein", "mis de côté", "depuis 8 jours", "20 jours", "lecteur de pass ne répond pas")
}

func TestARefusedLessonIsTold(t *testing.T) {
	cases := []struct {
		name string
		why  error
		want string
	}{
		{"format", lesson.ErrFormat, "pas dans le format attendu"},
		{"missing", lesson.ErrMissing, "il lui manque un fichier"},
		{"too large", lesson.ErrTooLarge, "dépasse ce qu’un poste peut garder"},
		{"path", lesson.ErrPath, "nom ou un type interdit"},
		{"active", lesson.ErrActive, "contient un programme"},
		{"remote", lesson.ErrRemote, "adresse hors de ce poste"},
		{"quiz", lesson.ErrQuiz, "son quiz n’est pas lisible"},
		{"game", lesson.ErrGame, "son jeu n’est pas lisible"},
		{"hash", lesson.ErrHash, "abîmée ou changée en chemin"},
		{"duplicate", lesson.ErrDuplicate, "le même identifiant"},
		{"disk", os.ErrPermission, "n’a pas pu être lue"},
	}
	m := newMediation(t)
	m.unlock()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m.state.Alerts = []kiosk.Alert{{Kind: kiosk.AlertLesson, File: "impots.zip", Why: fmt.Errorf("lesson pack: %w", c.why)}, {Kind: kiosk.AlertLessons, N: 4}}
			_, page := m.get("/mediateur/poste")
			has(t, page, "La leçon « impots.zip » n’est pas proposée", c.want, "4 autres leçons ne sont pas proposées")
		})
	}
	m.state.Alerts = []kiosk.Alert{{Kind: kiosk.AlertLesson, File: strings.Repeat("é", 200), Why: lesson.ErrPath}, {Kind: kiosk.AlertLesson, Why: os.ErrPermission}}
	_, page := m.get("/mediateur/poste")
	has(t, page, strings.Repeat("é", 60)+"… »", "Une leçon n’est pas proposée")
}

// fakeCodes shows one code.
type fakeCodes struct{ asked kiosk.Asked }

func (f *fakeCodes) Ask(server string) {
	f.asked = kiosk.Asked{Server: server, Running: true, Code: "KF7D-9QXM-2TPA"}
}
func (f *fakeCodes) Stop()              { f.asked.Running = false }
func (f *fakeCodes) Asked() kiosk.Asked { return f.asked }

func TestJoinByCode(t *testing.T) {
	f := &fakeCodes{asked: kiosk.Asked{Server: "flotte.exemple.fr:443"}}
	m := newMediationWith(t, func(part *kiosk.Mediator) { part.Codes = f })
	if status, _ := m.post("/mediateur/rejoindre/code", url.Values{"adresse": {"x"}}); status != http.StatusNotFound {
		t.Errorf("code of an enrolled station = %d; want 404", status)
	}
	m.state.Enrolled = false
	_, page := m.get("/mediateur/rejoindre")
	has(t, page, `value="flotte.exemple.fr:443"`, "Afficher le code de ce poste")
	for _, typed := range []string{"", "a b", "http://x/y", "moi@x", strings.Repeat("a", 300)} {
		if status, _ := m.post("/mediateur/rejoindre/code", url.Values{"adresse": {typed}}); status != http.StatusUnprocessableEntity {
			t.Errorf("address %.20q = %d; want 422", typed, status)
		}
	}
	for typed, want := range map[string]string{" https://f.fr/ ": "f.fr:443", "10.0.0.1:8883": "10.0.0.1:8883", "[2001:db8::1]:1": "[2001:db8::1]:1"} {
		_, page = m.post("/mediateur/rejoindre/code", url.Values{"adresse": {typed}})
		has(t, page, "KF7D-9QXM-2TPA", want)
	}
	m.post("/mediateur/rejoindre/code/arreter", url.Values{})
	if f.asked.Running {
		t.Error("the station still asks")
	}
	f.asked.Problem = "Le serveur ne répond pas."
	_, page = m.get("/mediateur/rejoindre/code")
	has(t, page, "Le serveur ne répond pas.")
	m.state.Enrolled = true
	_, page = m.get("/mediateur/rejoindre/code")
	has(t, page, "Avec votre carte")
}

func TestJoin(t *testing.T) {
	m := newMediation(t)
	if status, _ := m.get("/mediateur/rejoindre"); status != http.StatusNotFound {
		t.Errorf("join page of an enrolled station = %d; want 404", status)
	}
	m.state.Enrolled = false
	_, page := m.get("/mediateur")
	has(t, page, "ne fait pas encore partie", "Rattacher ce poste")
	var got string
	m.join = func(_ context.Context, token string) string { got = token; return "Ce code a déjà servi." }
	status, page := m.post("/mediateur/rejoindre", url.Values{"jeton_de_poste": {" mallette1.ab\n cd "}})
	has(t, page, "Ce code a déjà servi.")
	if status != http.StatusUnprocessableEntity || got != "mallette1.abcd" || strings.Contains(page, "mallette1.ab") {
		t.Errorf("join = %d with the right token %v; want 422, true, and the token not shown again", status, got == "mallette1.abcd")
	}
	m.join = func(context.Context, string) string { return "" }
	_, page = m.post("/mediateur/rejoindre", url.Values{"jeton_de_poste": {"mallette1.abcd"}})
	has(t, page, "C’est fait")
}
