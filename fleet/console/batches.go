package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
)

// batchesView is the page of batches and of the form that orders one.
type batchesView struct {
	Batches    []mint.Batch
	Issuers    []mint.Issuer
	Structures []registry.Structure
	Services   []level.Service
	Today      pass.Day
	Year       int
}

func (c *console) batchesPage(w http.ResponseWriter, v *visit) error {
	body := batchesView{Services: level.Services(), Today: pass.DayOf(c.Now()), Year: c.Now().In(paris()).Year()}
	var err error
	if body.Batches, err = c.Mint.Batches(v.Context(), v.tenant()); err != nil {
		return err
	}
	if body.Issuers, err = c.Mint.Issuers(v.Context(), v.tenant()); err != nil {
		return err
	}
	if body.Structures, err = c.structuresOf(v); err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "lots", "Lots de pass", body)
}

// createBatch orders a batch for a calendar year: the usual three dates follow
// from it, and the structures chosen may accept its passes until the last.
func (c *console) createBatch(w http.ResponseWriter, v *visit) error {
	o, err := orderFrom(v)
	if err != nil {
		return err
	}
	b, err := c.Mint.CreateBatch(v.Context(), v.tenant(), o)
	if err != nil {
		return err
	}
	if err := c.note(v, "batch.create", batchPath(b.Manifest)); err != nil {
		return err
	}
	return done(w, v, "/lots/"+batchPath(b.Manifest), "lot")
}

func orderFrom(v *visit) (mint.Order, error) {
	numbers := map[string]int{"emetteur": 0, "valeur": 0, "annee": 0, "taille": 0, "carnets": 0}
	for name := range numbers {
		n, err := strconv.Atoi(v.PostFormValue(name))
		if err != nil || n < 0 {
			return mint.Order{}, fmt.Errorf("%w: %s", errInput, name)
		}
		numbers[name] = n
	}
	if numbers["annee"] < 2020 || numbers["annee"] > 2100 || numbers["emetteur"] > 0xffff {
		return mint.Order{}, fmt.Errorf("%w: year or issuer", errInput)
	}
	o := mint.Order{Issuer: pass.Issuer(numbers["emetteur"]), Commanditaire: v.PostFormValue("commanditaire"), FaceValue: 100 * numbers["valeur"],
		CarnetSize: numbers["taille"], Carnets: numbers["carnets"], Services: v.PostForm["service"],
		HandOver: v.PostFormValue("remise") == "oui", Specimen: v.PostFormValue("specimen") == "oui"}
	o.YearDates(numbers["annee"])
	for _, id := range v.PostForm["structure"] {
		o.Structures = append(o.Structures, pass.Qualification{Structure: structureID(id), Services: o.Services, Until: o.PresentBy})
	}
	return o, nil
}

// batchView is the page of one batch.
type batchView struct {
	*lister
	mint.Batch
	Path    string
	Carnets []mint.Carnet
	States  []stateCount // of all its carnets
	Counts  map[string]int
	Today   pass.Day
	Names   map[pass.Structure]registry.Structure
}

// carnetStates is the order in which a batch's carnets are counted.
func carnetStates() []mint.CarnetState {
	return []mint.CarnetState{mint.Issued, mint.Entrusted, mint.Injected, mint.Begun, mint.UsedUp, mint.Expired, mint.Revoked}
}

func (c *console) batchPage(w http.ResponseWriter, v *visit) error {
	b, err := c.batch(v)
	if err != nil {
		return err
	}
	m := b.Manifest
	l := newLister(v)
	all, err := c.Mint.Carnets(v.Context(), v.tenant(), m.Issuer, m.Batch, 1, m.Carnets())
	if err != nil {
		return err
	}
	body := batchView{lister: l, Batch: b, Path: "/lots/" + batchPath(m), Today: pass.DayOf(c.Now()), Counts: map[string]int{}}
	body.States, body.Carnets = countCarnets(all, mint.CarnetState(l.Get("etat")), body.Path)
	l.Total = len(body.Carnets)
	body.Carnets = body.Carnets[min(l.Offset(), l.Total):min(l.Offset()+perPage, l.Total)]
	if body.Names, err = c.structures(v); err != nil {
		return err
	}
	for _, state := range lineStates()[1:] {
		q := report.LineQuery{Issuer: m.Issuer, Batch: m.Batch, State: state.Value, Limit: 1}
		if _, body.Counts[state.Label], err = c.Ledger.Lines(v.Context(), v.tenant(), q); err != nil {
			return err
		}
	}
	return c.show(w, v, http.StatusOK, "lot", fmt.Sprintf("Lot %d, %s", m.Batch, m.Commanditaire), body)
}

// countCarnets counts carnets by state and returns those in the wanted one.
func countCarnets(all []mint.Carnet, wanted mint.CarnetState, path string) ([]stateCount, []mint.Carnet) {
	counts := map[mint.CarnetState]int{}
	var kept []mint.Carnet
	for _, k := range all {
		counts[k.State]++
		if wanted == "" || k.State == wanted {
			kept = append(kept, k)
		}
	}
	out := []stateCount{{"Tous", path, len(all)}}
	for _, s := range carnetStates() {
		out = append(out, stateCount{carnetName(s), path + "?etat=" + string(s), counts[s]})
	}
	return out, kept
}

func carnetName(s mint.CarnetState) string {
	return map[mint.CarnetState]string{mint.Issued: "Émis", mint.Entrusted: "Confié", mint.Injected: "Remis", mint.Begun: "Entamé",
		mint.UsedUp: "Épuisé", mint.Expired: "Expiré", mint.Revoked: "Révoqué"}[s]
}

func (c *console) batch(v *visit) (mint.Batch, error) {
	issuer, err1 := strconv.ParseUint(v.PathValue("issuer"), 10, 16)
	number, err2 := strconv.ParseUint(v.PathValue("batch"), 10, 24)
	if err1 != nil || err2 != nil {
		return mint.Batch{}, errNoPage
	}
	return c.Mint.Batch(v.Context(), v.tenant(), pass.Issuer(issuer), pass.Batch(number))
}

func batchPath(m pass.Manifest) string { return fmt.Sprintf("%d/%d", m.Issuer, m.Batch) }

// changeCarnet hands a carnet over or revokes it.
func (c *console) changeCarnet(w http.ResponseWriter, v *visit) error {
	b, err := c.batch(v)
	if err != nil {
		return err
	}
	m := b.Manifest
	n, err := strconv.Atoi(v.PostFormValue("carnet"))
	if err != nil {
		return fmt.Errorf("%w: carnet", errInput)
	}
	what := "carnet.hand-over"
	switch v.PostFormValue("geste") {
	case "confier":
		err = c.Mint.HandOver(v.Context(), v.tenant(), m.Issuer, m.Batch, n, mint.Entrusted, strings.TrimSpace(v.PostFormValue("distributeur")))
	case "remettre":
		err = c.Mint.HandOver(v.Context(), v.tenant(), m.Issuer, m.Batch, n, mint.Injected, "")
	case "revoquer":
		what = "carnet.revoke"
		err = c.Mint.RevokeCarnet(v.Context(), v.tenant(), m.Issuer, m.Batch, n)
	default:
		err = fmt.Errorf("%w: gesture", errInput)
	}
	if err != nil {
		return err
	}
	if err := c.note(v, what, batchPath(m)+" carnet "+strconv.Itoa(n)); err != nil {
		return err
	}
	return done(w, v, "/lots/"+batchPath(m), "carnet")
}

func (c *console) revokePage(w http.ResponseWriter, v *visit) error {
	b, err := c.batch(v)
	if err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "revoquer", fmt.Sprintf("Révoquer le lot %d", b.Manifest.Batch), batchView{Batch: b, Path: "/lots/" + batchPath(b.Manifest)})
}

func (c *console) revokeBatch(w http.ResponseWriter, v *visit) error {
	b, err := c.batch(v)
	if err != nil {
		return err
	}
	if err := c.Mint.RevokeBatch(v.Context(), v.tenant(), b.Manifest.Issuer, b.Manifest.Batch); err != nil {
		return err
	}
	if err := c.note(v, "batch.revoke", batchPath(b.Manifest)); err != nil {
		return err
	}
	return done(w, v, "/lots/"+batchPath(b.Manifest), "revoque")
}

// publish sends what changed to the stations now; it happens by itself too.
func (c *console) publish(w http.ResponseWriter, v *visit) error {
	if err := c.Mint.Publish(v.Context(), v.tenant()); err != nil {
		return err
	}
	if err := c.note(v, "batch.publish", ""); err != nil {
		return err
	}
	return done(w, v, "/lots", "publie")
}

func (c *console) addIssuer(w http.ResponseWriter, v *visit) error {
	i, err := c.Mint.AddIssuer(v.Context(), v.tenant(), mint.Issuer{Name: strings.TrimSpace(v.PostFormValue("nom")), Address: v.PostFormValue("adresse")})
	if err != nil {
		return err
	}
	if err := c.note(v, "issuer.add", fmt.Sprint(i.ID)); err != nil {
		return err
	}
	return done(w, v, "/lots", "emetteur")
}
