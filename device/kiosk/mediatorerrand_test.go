package kiosk_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/carry"
	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/fleet/wire"
)

type fakeErrands struct {
	now   kiosk.Errand
	begun int
}

func (f *fakeErrands) Begin()               { f.begun++; f.now = kiosk.Errand{Begun: true, Running: true} }
func (f *fakeErrands) Errand() kiosk.Errand { return f.now }

// A mediator shows the fleet's stick, is told to leave it, what was found, what
// was left on it, and when it may go.
func TestAStickOfTheFleet(t *testing.T) {
	f := &fakeErrands{}
	m := newMediationWith(t, func(part *kiosk.Mediator) { part.Errands = f })
	if _, page := m.post("/mediateur/cle", url.Values{}); f.begun != 0 || strings.Contains(page, "La clé de la flotte") {
		t.Error("somebody without a card looked at a stick")
	}
	m.unlock()
	_, page := m.get("/mediateur/poste")
	has(t, page, "/mediateur/cle")
	_, page = m.get("/mediateur/cle")
	has(t, page, "La clé est branchée : la regarder")
	_, page = m.post("/mediateur/cle", url.Values{})
	has(t, page, "Laissez la clé en place", "Ce poste regarde la clé", "Pas encore", "Figer cette page")
	tests := []struct {
		name string
		now  kiosk.Errand
		says []string
	}{
		{"no stick", kiosk.Errand{Problem: kiosk.ErrNoStick}, []string{"Aucune clé n’est branchée", "Regarder la clé de nouveau"}},
		{"not readable", kiosk.Errand{Problem: kiosk.ErrStickUnread}, []string{"n’a pas pu être lue"}},
		{"pulled out", kiosk.Errand{Problem: errors.New("x")}, []string{"retirée trop tôt"}},
		{"nothing on it", kiosk.Errand{Found: carry.Found{Copy: carry.CopyNone, Done: true}}, []string{"n’apporte rien", "n’a rien à envoyer", "vous pouvez retirer la clé"}},
		{"taken", kiosk.Errand{Found: carry.Found{Copy: carry.CopyTaken, Signed: time.Now(), Lessons: true}, Load: carry.Load{Records: 12, Counters: 3}},
			[]string{"vérifiées et prises", "Au moins une leçon", "Une copie scellée", "Enregistrements de pass : 12. Comptages : 3."}},
		{"older", kiosk.Errand{Found: carry.Found{Copy: carry.CopyOlder}}, []string{"plus ancienne"}},
		{"too old", kiosk.Errand{Found: carry.Found{Copy: carry.CopyExpired}}, []string{"45 jours"}},
		{"somebody else's", kiosk.Errand{Found: carry.Found{Copy: carry.CopyRefused}}, []string{"Rien n’a été pris"}},
		{"nobody answers", kiosk.Errand{Silent: true}, []string{"n’a pas répondu"}},
		{"full", kiosk.Errand{Found: carry.Found{Copy: carry.CopyNone}, Left: errors.New("no space")}, []string{"pleine, protégée ou abîmée"}},
		{"nobody to seal to", kiosk.Errand{Found: carry.Found{Copy: carry.CopyNone}, Left: carry.ErrNoRecipient}, []string{"pour qui fermer"}},
		{"a system is copied", kiosk.Errand{Running: true, Found: carry.Found{Copy: carry.CopyTaken, Base: &wire.BaseState{State: wire.BaseFetching, Target: "2027.2", Done: 30, Total: 100}}},
			[]string{"La version 2027.2 du système se copie", "30 %"}},
		{"a system is ready", kiosk.Errand{Found: carry.Found{Copy: carry.CopyTaken, Base: &wire.BaseState{State: wire.BaseReady, Target: "2027.2"}}}, []string{"au prochain démarrage"}},
		{"a system failed", kiosk.Errand{Found: carry.Found{Copy: carry.CopyTaken, Base: &wire.BaseState{State: wire.BaseFailed, Target: "2027.2"}}}, []string{"ce poste garde la sienne"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.now = tt.now
			f.now.Begun = true
			_, page := m.get("/mediateur/cle?calme=1")
			has(t, page, tt.says...)
		})
	}
}
