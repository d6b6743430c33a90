package console_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const journalText = `{"start":{"boot":"b","release":"2027.03.1","slot":"b","trial":true}}
{"at":"2027-03-01T08:00:00Z","p":"agent","l":"INFO","m":"station serves its fleet"}
{"up":12.5,"p":"kernel","l":"WARN","m":"ata1: slow <to> respond","d":"n=1"}
{"p":"display","l":"ERROR","m":"browser does not draw"}
`

// sends is a station that sent a journal.
func (h *house) sends(t *testing.T, id wire.Station, name string) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, journalText)
	check(t, errors.Join(err, z.Close()))
	check(t, h.journals.Put(tenant, id, name, &b))
}

func TestAJournalIsRead(t *testing.T) {
	h := newHouse(t)
	h.sends(t, mine, "trial-r3-1")
	tech := h.as(t, people.Technician)
	_, page := tech.get("/postes/" + string(mine))
	path := "/postes/" + string(mine) + "/journaux/trial-r3-1"
	if err := has(page, path, "Démarrage raté d’une nouvelle version", "Demander son journal technique"); err != nil {
		t.Error(err)
	}
	tests := []struct {
		query       string
		there, gone string
	}{
		{"", "browser does not draw|ata1: slow &lt;to&gt; respond|01/03/2027 09:00:00|12.5s|à l’essai|Télécharger tout", "Aucune ligne"},
		{"?programme=kernel", "ata1", "station serves"},
		{"?niveau=WARN", "ata1|does not draw", "station serves"},
		{"?niveau=ERROR", "does not draw", "ata1"},
		{"?programme=agent&niveau=ERROR", "Aucune ligne", "does not draw"},
	}
	for _, tt := range tests {
		_, page := tech.get(path + tt.query)
		if err := has(page, strings.Split(tt.there, "|")...); err != nil || strings.Contains(page, tt.gone) {
			t.Errorf("%s: %v, or with %q; want it without", tt.query, err, tt.gone)
		}
	}
	status, packed := tech.get(path + "/fichier")
	z, err := gzip.NewReader(strings.NewReader(packed))
	check(t, err)
	if text, err := io.ReadAll(z); status != http.StatusOK || err != nil || string(text) != journalText {
		t.Errorf("file = %d, %q, %v; want what was sent", status, text, err)
	}
	for _, path := range []string{"/postes/" + string(mine) + "/journaux/other", "/postes/" + string(theirs) + "/journaux/trial-r3-1/fichier"} {
		if status, _ := tech.get(path); status != http.StatusNotFound {
			t.Errorf("GET %s = %d; want 404", path, status)
		}
	}
}

// A technician orders it and finds it from the order; a mediator does neither.
func TestAJournalIsOrdered(t *testing.T) {
	h := newHouse(t)
	tech, mediator := h.as(t, people.Technician), h.as(t, people.Mediator)
	_, page := mediator.get("/postes")
	if status, _ := mediator.post("/postes/ordre", page, url.Values{"ordre": {"logs"}, "poste": {string(mine)}}); status != http.StatusForbidden || strings.Contains(page, "journal technique") {
		t.Errorf("a mediator's order = %d, its button %t; want 403, none", status, strings.Contains(page, "journal technique"))
	}
	_, page = tech.get("/postes")
	if status, body := tech.post("/postes/ordre", page, url.Values{"ordre": {"logs"}, "poste": {string(mine)}}); status != http.StatusSeeOther {
		t.Fatalf("POST = %d %.200s; want a redirect", status, body)
	}
	job := h.orders(t)[0].Job.ID
	if _, page := tech.get("/ordres/" + job); strings.Contains(page, "Lire le journal") {
		t.Error("the journal is there before the station sent it")
	}
	h.sends(t, mine, job)
	check(t, h.db.SaveProgress(t.Context(), tenant, mine, wire.Progress{ID: job, Status: "done"}, h.now))
	_, page = tech.get("/ordres/" + job)
	if err := has(page, "envoyer son journal technique", "/postes/"+string(mine)+"/journaux/"+job); err != nil {
		t.Error(err)
	}
	if _, page := mediator.get("/ordres/" + job); strings.Contains(page, "Lire le journal") {
		t.Error("a mediator is shown a journal that she may not read")
	}
}
