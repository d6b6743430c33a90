package report

import (
	"cmp"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
)

func passTables(counts []Validated, places []Place, s Scope) []Table {
	batch, service, place, posture, state := newLedger(1), newLedger(1), newLedger(1), newLedger(1), newLedger(1)
	names := placeRows(place, places)
	for _, p := range []pass.Posture{pass.PostureGuide, pass.PostureWith, pass.PostureInstead} {
		posture.row(string(p), Posture(p))
	}
	for _, c := range counts {
		batch.add(fmt.Sprintf("%d-%d", c.Issuer, c.Batch), BatchName(c.Issuer, c.Batch), 0, c.Value)
		service.add(c.Service, ServiceName(c.Service), 0, c.Value)
		place.add(c.Place, cmp.Or(names[c.Place], unknownPlace(c.Place)), 0, c.Value)
		posture.add(string(c.Posture), Posture(c.Posture), 0, c.Value)
		state.add(c.State, State(c.State), 0, c.Value)
	}
	batch, service, state = batch.sorted(), service.sorted(), state.sorted()
	if !s.Exact {
		batch, service, state = batch.folded("Autres lots"), service.folded("Autres services"), state.folded("Autres états")
	}
	one := []string{"Validations"}
	masked := !s.Exact
	return []Table{
		batch.table(Table{ID: "lots", Title: "Par lot", Key: "Lot", Columns: one}, masked),
		service.table(Table{ID: "services", Title: "Par service rendu", Key: "Service", Columns: one}, masked),
		place.sorted().table(Table{ID: "lieux", Title: "Par lieu", Key: "Lieu", Columns: one}, masked),
		posture.table(Table{ID: "postures", Title: "Par posture", Key: "Posture", Columns: one}, masked),
		state.table(Table{ID: "etats", Title: "Par état", Key: "État", Columns: one}, masked),
	}
}

// ServiceName says a service of the catalogue with its code.
func ServiceName(code string) string {
	s, ok := level.ServiceOf(code)
	if !ok {
		return cmp.Or(code, "Service non précisé")
	}
	return code + " " + s.Label
}
