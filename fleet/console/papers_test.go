package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// keep believes that one paper was counted on the day of the two validations.
func (h *house) keep(t *testing.T) {
	t.Helper()
	log := pass.LogID{1}
	rec := pass.Record{V: 1, Kind: pass.PaperCount, Tenant: string(tenant), Station: string(mine), At: pass.Position{Log: log, Seq: 9},
		Papers: &pass.Papers{Date: "2027-01-14", Validated: 2, Kept: 1}, Structure: 1, Place: "halles"}
	check(t, h.db.Believe(t.Context(), intake.Belief{Log: intake.Log{Tenant: tenant, Station: mine, ID: log}, Seq: 9,
		Papers: []intake.Validation{{Record: rec, At: noon, Received: noon}}}))
}

func TestKeptPapersAreComparedOnScreenAndInTheFile(t *testing.T) {
	h := newHouse(t)
	h.keep(t)
	tests := []struct {
		role people.Role
		path string
		want []string
	}{
		{people.Admin, "/bilan", []string{"Papiers gardés, par lieu", "Papiers en moins"}},
		{people.Admin, "/bilan/papiers?periode=2027-01", []string{"halles;2;1;1;0", "mairie;1;0;1;0"}},
		{people.Mediator, "/bilan", []string{"Papiers gardés, jour par jour", "jeu. 14 janvier 2027, halles"}},
		{people.Mediator, "/bilan/papiers-jours?periode=2027-01", []string{"jeu. 14 janvier 2027, halles;2;1;1;0"}},
	}
	for _, tt := range tests {
		t.Run(string(tt.role)+tt.path, func(t *testing.T) {
			status, page := h.as(t, tt.role).get(tt.path)
			if err := has(page, tt.want...); status != http.StatusOK || err != nil {
				t.Errorf("GET %s as %s = %d, %v; want 200 with %q", tt.path, tt.role, status, err, tt.want)
			}
		})
	}
}

func TestAboveTheStructureNobodyReadsKeptPapers(t *testing.T) {
	h := newHouse(t)
	h.keep(t)
	for _, role := range []people.Role{people.Coordinator, people.Funder} {
		b := h.as(t, role)
		if _, page := b.get("/bilan"); strings.Contains(page, "Papiers gardés") {
			t.Errorf("GET /bilan as %s shows kept papers; want none", role)
		}
		if status, _ := b.get("/bilan/papiers"); status != http.StatusNotFound {
			t.Errorf("GET /bilan/papiers as %s = %d; want 404", role, status)
		}
	}
}
