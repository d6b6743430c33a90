package screens_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"testing"

	"github.com/mallette-kit/mallette/fleet/store/storetest"
)

// TestTheJournalOfAStationByKeyboard reads what a station sent of a release that
// it did not keep, and what is asked before one is declared lost.
func TestTheJournalOfAStationByKeyboard(t *testing.T) {
	o := openOffice(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := io.WriteString(z, `{"start":{"boot":"b","release":"2027.03.1","slot":"b","trial":true}}
{"at":"2027-03-01T08:00:00Z","p":"agent","l":"INFO","m":"station serves its fleet"}
{"up":12.5,"p":"kernel","l":"WARN","m":"ata1: slow to respond","d":"n=1"}
{"p":"display","l":"ERROR","m":"browser does not draw"}
`)
	o.must(errors.Join(err, z.Close()))
	o.must(o.journals.Put(storetest.Tenant, o.stations[0], "trial-r3-1", &packed))
	b := openBrowser(t)
	b.visit(o.URL + "/")
	b.signIn("tech", officePassword)
	b.visit(o.URL + "/postes/" + string(o.stations[0]))
	b.follow("Démarrage raté")
	b.see("browser does not draw")
	b.picture("journal")
	b.write("Montrer", "Err")
	b.follow("Filtrer")
	b.see("browser does not draw")
	for _, page := range []string{"/journaux/trial-r3-1?programme=agent&niveau=ERROR", "/perdu"} {
		b.visit(o.URL + "/postes/" + string(o.stations[0]) + page)
	}
	for _, page := range []string{"/ordres", "/alarmes", "/enrolement", "/territoire", "/usages", "/compte"} {
		b.visit(o.URL + page)
	}
}
