package console

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// linesView is the page of validations. Numbers is true for those who may read
// whole pass numbers; others get the last digits, enough to find the paper.
type linesView struct {
	*lister
	Lines      []report.Line
	Numbers    bool
	Places     []registry.Place
	Names      map[string]string
	Structures map[pass.Structure]registry.Structure
	States     []choice
	Series     map[pass.Issuer]uint8
}

func lineStates() []choice {
	out := []choice{{"", "Tous les états"}}
	for _, s := range []string{"recu", "provisoire", "conflit", "late_conflict", "rejete", "annule", "regle"} {
		out = append(out, choice{s, report.State(s)})
	}
	return out
}

func (c *console) linesPage(w http.ResponseWriter, v *visit) error {
	l := newLister(v)
	q := v.lines(report.LineQuery{State: l.Get("etat"), Place: l.Get("lieu"), Foreign: l.Get("autres") == "oui", Offset: l.Offset(), Limit: perPage})
	q.Sort, q.Desc = l.Sort()
	if q.Sort == "" {
		q.Desc = true
	}
	body := linesView{lister: l, Numbers: v.is(people.Admin), States: lineStates()}
	var err error
	if body.Lines, l.Total, err = c.Ledger.Lines(v.Context(), v.tenant(), q); err != nil {
		return err
	}
	if body.Places, err = c.placesOf(v); err != nil {
		return err
	}
	if body.Names, err = c.placeNames(v); err != nil {
		return err
	}
	if body.Structures, err = c.structures(v); err != nil {
		return err
	}
	if body.Series, err = c.series(v); err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "validations", "Validations", body)
}

// lines limits a query of validations to what the person may see one by one.
func (v *visit) lines(q report.LineQuery) report.LineQuery {
	if !v.is(people.Admin) {
		q.Structure = v.Person.Structure
	}
	return q
}

func (c *console) series(v *visit) (map[pass.Issuer]uint8, error) {
	issuers, err := c.Mint.Issuers(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read issuers: %w", err)
	}
	series := make(map[pass.Issuer]uint8, len(issuers))
	for _, i := range issuers {
		series[i.ID] = i.Series
	}
	return series, nil
}

// Number is what the table says of a pass.
func (b linesView) Number(l report.Line) string {
	if l.Issuer == 0 {
		return "autre émetteur"
	}
	digits := pass.Number{Series: b.Series[l.Issuer], Serial: l.Serial}
	if b.Numbers {
		return digits.Grouped()
	}
	text := digits.Digits()
	if len(text) < 4 {
		return "non lisible"
	}
	return "… " + text[len(text)-4:]
}

// foreignCSV lists passes of other issuers, to be keyed in at theirs. Their
// codes are nowhere but in the sealed records, which are opened here.
func (c *console) foreignCSV(w http.ResponseWriter, v *visit) error {
	p := c.period(v)
	from, until, err := p.Times(paris())
	if err != nil {
		return fmt.Errorf("%w: period", errInput)
	}
	entries, err := c.Ledger.ForeignEntries(v.Context(), v.tenant(), v.lines(report.LineQuery{From: from, Until: until}))
	if err != nil {
		return err
	}
	rows := [][]string{{"Date", "Code", "Service", "SIRET", "Lieu", "Papier gardé", "État"}}
	for _, e := range entries {
		rec, err := c.open(e.Entry)
		if err != nil {
			return err
		}
		rows = append(rows, []string{dateOr(e.Time, "inconnue"), rec.Pass.Foreign, e.Service, rec.SIRET, e.Place, yes(e.PaperKept), foreignState(e.State)})
	}
	var out bytes.Buffer
	if err := report.WriteRows(&out, rows); err != nil {
		return err
	}
	if err := c.note(v, "foreign.export", p.String()); err != nil {
		return err
	}
	return sendFile(w, "pass-autres-emetteurs-"+p.String()+".csv", "text/csv; charset=utf-8", out.Bytes())
}

// foreignState says in a file what to do with a foreign code.
func foreignState(state string) string {
	if state == string(mint.Conflict) {
		return "Vu plusieurs fois"
	}
	return report.State("foreign")
}

// open reads the record that is sealed in an entry.
func (c *console) open(e pass.Entry) (pass.Record, error) {
	line, err := e.Open()
	if err != nil {
		return pass.Record{}, fmt.Errorf("open entry: %w", err)
	}
	plain, err := c.Unseal(line.Sealed)
	if err != nil {
		return pass.Record{}, fmt.Errorf("open entry: %w", err)
	}
	rec, err := pass.ParseRecord(plain)
	if err != nil || rec.Pass == nil {
		return pass.Record{}, fmt.Errorf("open entry: %w", cmp.Or(err, errNoPage))
	}
	return rec, nil
}

// decide keeps what somebody decided about a validation in conflict.
func (c *console) decide(w http.ResponseWriter, v *visit) error {
	log, err := pass.ParseLogID(v.PostFormValue("journal"))
	if err != nil {
		return fmt.Errorf("%w: log", errInput)
	}
	seq, err := strconv.ParseUint(v.PostFormValue("rang"), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: sequence number", errInput)
	}
	at, station := pass.Position{Log: log, Seq: seq}, wire.Station(v.PostFormValue("poste"))
	if err := c.Mint.Decide(v.Context(), v.tenant(), station, at, mint.Decision(v.PostFormValue("decision"))); err != nil {
		return err
	}
	if err := c.note(v, "validation.decide", fmt.Sprintf("%s/%s/%d", station, log, seq)); err != nil {
		return err
	}
	return done(w, v, "/validations", "decide")
}

func dateOr(t time.Time, unknown string) string {
	if t.IsZero() {
		return unknown
	}
	return formatted(t, "02/01/2006")
}

func yes(b bool) string {
	if b {
		return "oui"
	}
	return "non"
}
