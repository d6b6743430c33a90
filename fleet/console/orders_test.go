package console_test

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

func (h *house) orders(t *testing.T) []registry.JobLine {
	t.Helper()
	lines, err := h.db.Jobs(t.Context(), tenant, registry.JobQuery{Limit: 100})
	check(t, err)
	return lines
}

// Every element of a gesture is in the person's scope, or nothing is done.
func TestOneGestureAndItsLimits(t *testing.T) {
	both := []string{string(mine), string(theirs)}
	tests := []struct {
		name   string
		role   people.Role
		form   url.Values
		status int
		orders int
	}{
		{"a mediator rings her own", people.Mediator, url.Values{"ordre": {"identify"}, "poste": {string(mine)}}, http.StatusSeeOther, 1},
		{"a mediator's gesture holds another's station", people.Mediator, url.Values{"ordre": {"restart"}, "poste": both}, http.StatusNotFound, 0},
		{"a mediator may not wipe", people.Mediator, url.Values{"ordre": {"wipe"}, "poste": {string(mine)}, "sur": {"oui"}}, http.StatusForbidden, 0},
		{"a mediator may not move", people.Mediator, url.Values{"ordre": {"move"}, "poste": {string(mine)}, "mallette": {"kit-2"}}, http.StatusForbidden, 0},
		{"a mediator may not lose many", people.Mediator, url.Values{"ordre": {"lost"}, "poste": {string(mine)}, "sur": {"oui"}}, http.StatusForbidden, 0},
		{"a technician restarts both", people.Technician, url.Values{"ordre": {"restart"}, "poste": both}, http.StatusSeeOther, 2},
		{"the same twice is once", people.Technician, url.Values{"ordre": {"restart"}, "poste": {string(mine), string(mine)}}, http.StatusSeeOther, 1},
		{"one is a stranger", people.Technician, url.Values{"ordre": {"restart"}, "poste": {string(mine), "szzzzzzzzzzzzzzzz"}}, http.StatusNotFound, 0},
		{"nobody", people.Technician, url.Values{"ordre": {"restart"}}, http.StatusUnprocessableEntity, 0},
		{"wiping needs to be sure", people.Technician, url.Values{"ordre": {"wipe"}, "poste": both}, http.StatusUnprocessableEntity, 0},
		{"losing needs to be sure", people.Technician, url.Values{"ordre": {"lost"}, "poste": both}, http.StatusUnprocessableEntity, 0},
		{"a technician wipes both", people.Technician, url.Values{"ordre": {"wipe"}, "poste": both, "sur": {"oui"}}, http.StatusSeeOther, 2},
		{"to a place of another structure", people.Technician, url.Values{"ordre": {"move"}, "poste": {string(mine)}, "mallette": {"kit-2"}, "lieu": {"halles"}}, http.StatusNotFound, 0},
		{"only who leaves a structure forgets", people.Technician, url.Values{"ordre": {"move"}, "poste": both, "mallette": {"kit-2"}, "lieu": {"mairie"}}, http.StatusSeeOther, 1},
		{"a coordinator orders nothing", people.Coordinator, url.Values{"ordre": {"identify"}, "poste": {string(mine)}}, http.StatusForbidden, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			b := h.as(t, tt.role)
			_, page := b.get("/postes")
			if tt.role == people.Coordinator {
				_, page = b.get("/compte")
			}
			status, body := b.post("/postes/ordre", page, tt.form)
			if n := len(h.orders(t)); status != tt.status || n != tt.orders {
				t.Errorf("POST = %d, %d orders: %.300s; want %d, %d", status, n, body, tt.status, tt.orders)
			}
		})
	}
}

func TestManyAreMovedAndLostAtOnce(t *testing.T) {
	h := newHouse(t)
	tech := h.as(t, people.Technician)
	_, page := tech.get("/postes")
	both := []string{string(mine), string(theirs)}
	tech.post("/postes/ordre", page, url.Values{"ordre": {"move"}, "poste": both, "mallette": {"kit-2"}, "lieu": {"mairie"}})
	for _, id := range []wire.Station{mine, theirs} {
		if d, err := h.db.Desired(t.Context(), tenant, id); err != nil || d.Kit != "kit-2" || d.Places[0].ID != "mairie" || d.Structure.ID != 2 {
			t.Errorf("desired of %s = %+v, %v; want kit-2 of structure 2, mairie first", id, d, err)
		}
	}
	tech.post("/postes/ordre", page, url.Values{"ordre": {"lost"}, "poste": both, "sur": {"oui"}})
	for _, id := range both {
		if c, err := h.db.Enrolment().Certificate(t.Context(), id); err != nil || !c.Revoked {
			t.Errorf("certificate of %s = %+v, %v; want revoked", id, c, err)
		}
	}
	if status, _ := tech.post("/postes/ordre", page, url.Values{"ordre": {"restart"}, "poste": both}); status != http.StatusNotFound {
		t.Errorf("restart of lost stations = %d; want 404", status)
	}
}

func TestAWipeShowsItsReceipt(t *testing.T) {
	h := newHouse(t)
	public, key, err := ed25519.GenerateKey(nil)
	check(t, err)
	h.reimage(t, mine, public)
	tech := h.as(t, people.Technician)
	_, page := tech.get("/postes")
	tech.post("/postes/ordre", page, url.Values{"ordre": {"wipe"}, "poste": {string(mine)}, "sur": {"oui"}})
	job, err := h.db.NextJob(t.Context(), tenant, mine, h.now)
	check(t, err)
	if job.Kind != wire.JobWipe || job.Token != "MALLETTE-kit-1" {
		t.Fatalf("NextJob() = %+v; want a wipe with a token", job)
	}
	text, err := json.Marshal(wire.Farewell{V: 1, Station: mine, Incarnation: 2, Job: job.ID, Epoch: h.db.Epoch(), Logs: []wire.LogAck{{Log: [8]byte{1}, Seq: 41, Rev: 7}}})
	check(t, err)
	say := func(sig []byte) string {
		check(t, h.db.SaveProgress(t.Context(), tenant, mine, wire.Progress{ID: job.ID, Status: "done", Receipt: &wire.Receipt{Text: string(text), Sig: sig}}, h.now))
		_, page := tech.get("/ordres/" + job.ID)
		return page
	}
	check(t, has(say(ed25519.Sign(key, []byte(wire.ReceiptDomain+string(text)))), "effacer et enrôler de nouveau", "Reçu signé", "41 enregistrements", "Fait"))
	check(t, has(say(ed25519.Sign(key, text)), "Reçu douteux"))
	if next, err := h.db.NextJob(t.Context(), tenant, mine, h.now); err != nil || next.ID != "" {
		t.Errorf("NextJob() after that = %+v, %v; want none", next, err)
	}
}

// reimage gives a station its next incarnation, with a ledger key.
func (h *house) reimage(t *testing.T, id wire.Station, ledger ed25519.PublicKey) {
	t.Helper()
	check(t, h.db.Enrolment().AddToken(t.Context(), enroll.Token{Hash: enroll.Hash{77}, Tenant: tenant, Kit: "kit-1", Claims: id, Expires: h.now.Add(time.Hour)}))
	check(t, h.db.Enrolment().Admit(t.Context(), enroll.Admission{Token: enroll.Hash{77}, Key: enroll.Hash{78}, At: h.now,
		Station:     enroll.Station{Tenant: tenant, ID: id, Incarnation: 2, Kit: "kit-1", Ledger: ledger},
		Certificate: enroll.Certificate{Serial: "again", Tenant: tenant, Station: id, Incarnation: 2, NotAfter: h.now.AddDate(1, 0, 0)}}))
}

func TestAnOrderWithoutAnAnswerSaysSo(t *testing.T) {
	h := newHouse(t)
	tech := h.as(t, people.Technician)
	_, page := tech.get("/postes")
	tech.post("/postes/ordre", page, url.Values{"ordre": {"restart"}, "poste": {string(mine)}})
	_, page = tech.get("/ordres")
	check(t, has(page, "Attend que le poste se connecte"))
	h.now = h.now.Add(26 * time.Hour)
	tech = h.as(t, people.Admin)
	_, page = tech.get("/ordres")
	check(t, has(page, "Sans réponse dans le temps donné"))
	if status, page := h.as(t, people.Mediator).get("/ordres"); status != http.StatusOK || strings.Contains(page, string(theirs)) {
		t.Errorf("a mediator's orders = %d; want her own only", status)
	}
}
