package kiosk_test

import (
	"html"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// TestWhatTheStartFound is told where somebody can do something about it: on
// the station's page, and at the door of a station without a fleet.
func TestWhatTheStartFound(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	for p, words := range map[slot.Problem]string{
		slot.ProblemJoin: "un guillemet ou une virgule", slot.ProblemTable: "nouvelle clé", slot.ProblemCounter: "mémoire du démarrage",
		slot.ProblemWatchdog: "gardien matériel", slot.ProblemPermRepaired: "elles ont été réparées", slot.ProblemPermAside: "mises de côté",
		slot.ProblemPermMemory: "tout est en mémoire", slot.ProblemPermReadOnly: "petit verrou", slot.ProblemPermFull: "est plein",
		slot.ProblemDisplay: "son propre pilote", "of_tomorrow": "signale un problème (of_tomorrow)",
	} {
		m.state.Alerts = []kiosk.Alert{{Kind: kiosk.AlertStart, Start: p}}
		_, page := m.get("/mediateur/poste")
		has(t, page, words)
	}
	m.door.Lock()
	m.state.Enrolled = false
	m.state.Alerts = []kiosk.Alert{{Kind: kiosk.AlertStart, Start: slot.ProblemJoin}}
	_, page := m.get("/mediateur")
	has(t, page, "ne fait pas encore partie", "un guillemet ou une virgule")
}

// TestAlone: a station of no fleet says so before a session, and how to change
// it; one of a fleet does not.
func TestAlone(t *testing.T) {
	s := newStation(t)
	_, page := s.get("/")
	if strings.Contains(html.UnescapeString(page), "ne fait pas encore partie") {
		t.Error("a station of a fleet says that it has none")
	}
	s.today.Alone = true
	_, page = s.get("/")
	has(t, page, "Ce poste travaille seul pour le moment", "/mediateur")
	s.today.Lost = true
	_, page = s.get("/")
	has(t, page, "Ce poste a été déclaré perdu", "rapporter à une mairie", "/mediateur")
}
