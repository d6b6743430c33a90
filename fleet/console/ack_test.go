package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// How far a station's journal has come is a count of its passes, and so is what
// waited in it hour by hour: roles above the structure read neither.
func TestAJournalsLengthStaysBelowTheTerritory(t *testing.T) {
	h := newHouse(t)
	check(t, h.db.SaveTelemetry(t.Context(), tenant, mine, wire.Telemetry{OutboxPending: 3, Clock: pass.ClockNTP}, h.now))
	for role, want := range map[people.Role]bool{people.Mediator: true, people.Technician: true, people.Coordinator: false} {
		status, page := h.as(t, role).get("/postes/" + string(mine))
		for _, text := range []string{"Reçu du journal", "heure par heure"} {
			if got := strings.Contains(page, text); status != http.StatusOK || got != want {
				t.Errorf("GET station as %s = %d, %q there: %v; want 200, %v", role, status, text, got, want)
			}
		}
	}
}
