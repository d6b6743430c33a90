package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/console/people"
)

// How far a station's journal has come is a count of its passes: roles above
// the structure do not read it.
func TestAJournalsLengthStaysBelowTheTerritory(t *testing.T) {
	h := newHouse(t)
	for role, want := range map[people.Role]bool{people.Mediator: true, people.Technician: true, people.Coordinator: false} {
		status, page := h.as(t, role).get("/postes/" + string(mine))
		if got := strings.Contains(page, "Reçu du journal"); status != http.StatusOK || got != want {
			t.Errorf("GET station as %s = %d, length of the journal %v; want 200, %v", role, status, got, want)
		}
	}
}
