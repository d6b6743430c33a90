package console_test

import (
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// How many records wait on a station is how many passes it took that day.
func TestCoordinatorsReadWhetherSomethingWaitsAndNotHowMuch(t *testing.T) {
	h := newHouse(t)
	tests := []struct {
		name, path      string
		pending         uint64
		exact, onlyThat string
	}{
		{"list", "/postes", 4321, "<td class=\"num\">4321</td>", "<td>oui</td>"},
		{"list, nothing waits", "/postes", 0, "<td class=\"num\">0</td>", "<td>non</td>"},
		{"list in the order of what waits", "/postes?tri=pending&sens=desc", 4321, "<td class=\"num\">4321</td>", "<td>oui</td>"},
		{"station", "/postes/" + string(mine), 4321, "<dt>Enregistrements en attente</dt><dd>4321", "<dt>Enregistrements en attente</dt><dd>oui"},
		{"station, nothing waits", "/postes/" + string(mine), 0, "<dt>Enregistrements en attente</dt><dd>0", "<dt>Enregistrements en attente</dt><dd>non"},
		{"station out of reach", "/postes/" + string(mine), 4321, "4321 enregistrements attendaient", "Des enregistrements attendaient"},
		{"overview", "/", 4321, "<td class=\"num\">4321</td>", "<td class=\"num\">oui</td>"},
	}
	check(t, h.db.SetOnline(t.Context(), tenant, mine, wire.State{Online: false, Session: 5}, h.now))
	technician, coordinator := h.as(t, people.Technician), h.as(t, people.Coordinator)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check(t, h.db.SaveTelemetry(t.Context(), tenant, mine, wire.Telemetry{OutboxPending: tt.pending, Clock: pass.ClockNTP}, h.now))
			if _, page := technician.get(tt.path); has(page, tt.exact) != nil {
				t.Errorf("GET %s as a technician is without %s", tt.path, tt.exact)
			}
			_, page := coordinator.get(tt.path)
			if err := has(page, tt.onlyThat); err != nil || strings.Contains(page, "4321") || strings.Contains(page, `tri=pending"`) {
				t.Errorf("GET %s as a coordinator: %v; want it without the number", tt.path, err)
			}
		})
	}
}
