package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// planForm is the plan as a person fills it in; its zero value stands for the
// usual plan.
type planForm struct {
	Target  string // "", "structure:1", "mallette:kit-1" or "lieu:halles"
	First   int    // stations of the first wave
	Share   int    // per cent of the second; 0: none
	PerHour int
	Success int
	Failure int
	Soak    int // hours
	Wait    int // days
	Last    int // days
	From    string
	To      string
	Kbps    int
	Site    int // kilobits a second for a whole place
	Metered bool
}

// usual is the form for a release of which nothing special is known.
func usual() planForm {
	return planForm{First: 1, Share: 10, Success: 90, Failure: 3, Soak: 24, Wait: 21, Last: 120}
}

// planFrom reads the form; a field that is missing has its usual value.
func planFrom(values url.Values) (planForm, error) {
	f := usual()
	f.Target, f.From, f.To = values.Get("cible"), values.Get("de"), values.Get("a")
	f.Metered = values.Get("volume") == "oui"
	for name, field := range map[string]*int{"premiers": &f.First, "part": &f.Share, "rythme": &f.PerHour, "reussite": &f.Success, "echec": &f.Failure,
		"observation": &f.Soak, "attente": &f.Wait, "fin": &f.Last, "debit": &f.Kbps, "debit-lieu": &f.Site} {
		if !values.Has(name) || values.Get(name) == "" && (name == "rythme" || name == "debit" || name == "debit-lieu" || name == "part") {
			continue
		}
		n, err := strconv.Atoi(values.Get(name))
		if err != nil || n < 0 || n > 1_000_000 {
			return f, fmt.Errorf("%w: %s", errInput, name)
		}
		*field = n
	}
	return f, nil
}

// plan is the form as a rollout understands it.
func (f planForm) plan(release string) rollout.Plan {
	p := rollout.Plan{Release: release, Success: f.Success, Failure: f.Failure, Soak: time.Duration(f.Soak) * time.Hour,
		Wait: time.Duration(f.Wait) * 24 * time.Hour, Last: time.Duration(f.Last) * 24 * time.Hour, Kbps: f.Kbps, Site: f.Site, Metered: f.Metered}
	if f.First > 0 {
		p.Waves = append(p.Waves, rollout.Wave{Stations: f.First})
	}
	if f.Share > 0 && f.Share < 100 {
		p.Waves = append(p.Waves, rollout.Wave{Percent: f.Share, PerHour: f.PerHour})
	}
	p.Waves = append(p.Waves, rollout.Wave{Percent: 100, PerHour: f.PerHour})
	if f.From != "" || f.To != "" {
		p.Windows = []wire.Window{{From: f.From, To: f.To}}
	}
	return p
}

// query is which stations the form means.
func (f planForm) query() (registry.Query, error) {
	kind, id, _ := strings.Cut(f.Target, ":")
	switch {
	case f.Target == "":
		return registry.Query{}, nil
	case kind == "mallette" && id != "":
		return registry.Query{Kit: id}, nil
	case kind == "lieu" && id != "":
		return registry.Query{Place: id}, nil
	case kind == "structure" && structureID(id) != 0:
		return registry.Query{Structure: structureID(id)}, nil
	}
	return registry.Query{}, fmt.Errorf("%w: cible", errInput)
}

// target is one option of whom a rollout is for.
type target struct{ Value, Label string }

func (c *console) targets(v *visit) ([]target, error) {
	list := []target{{"", "Tous les postes"}}
	structures, err := c.structuresOf(v)
	if err != nil {
		return nil, err
	}
	for _, s := range structures {
		list = append(list, target{fmt.Sprintf("structure:%d", s.ID), "Structure : " + s.Name})
	}
	places, err := c.placesOf(v)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		list = append(list, target{"lieu:" + p.ID, "Lieu habituel : " + p.Name})
	}
	kits, err := c.kitsOf(v)
	if err != nil {
		return nil, err
	}
	for _, k := range kits {
		list = append(list, target{"mallette:" + k.ID, strings.TrimSuffix("Mallette : "+k.ID+" – "+k.Label, " – ")})
	}
	return list, nil
}

// planView is the page on which a rollout is planned. Draft is nil until it was
// asked for.
type planView struct {
	version
	planForm
	Targets []target
	Title   string
	Draft   *conductor.Draft
	Waves   []rollout.Forecast
	Bytes   uint64 // all stations together fetch at most
	Each    uint64 // the most that one fetches
	Longest int64  // seconds that fetching takes the slowest at its bound, 0: none has one
	Query   string // of the dry run, for the form that starts it
}

func (c *console) planPage(w http.ResponseWriter, v *visit) error {
	is, err := c.versionIn(v)
	if err != nil {
		return err
	}
	if len(is.Published) == 0 {
		return errNoPage
	}
	body := planView{version: is, planForm: usual()}
	if body.Targets, err = c.targets(v); err != nil {
		return err
	}
	if v.URL.Query().Has("essai") {
		if err := c.dryRun(v, &body); err != nil {
			return err
		}
	}
	return c.show(w, v, http.StatusOK, "plan", "Déployer la version "+is.Name, body)
}

func (c *console) dryRun(v *visit, body *planView) error {
	form, plan, choice, err := planOf(v.URL.Query(), body.version)
	if err != nil {
		return err
	}
	d, err := c.Rollouts.Draft(v.Context(), v.tenant(), plan, choice)
	if err != nil {
		return err
	}
	body.planForm, body.Draft, body.Title = form, &d, titleOf(body.Targets, form.Target)
	if d.Rollout == nil {
		return nil
	}
	body.Waves = d.Forecast(c.Now())
	fetches, err := c.fetches(body.version)
	if err != nil {
		return err
	}
	lines := d.Lines()
	for _, m := range d.Members {
		if m.Outcome == rollout.Healthy {
			continue
		}
		n := fetches(d.Stations[m.Station])
		body.Bytes, body.Each = body.Bytes+n, max(body.Each, n)
		if kbps := plan.Bound(lines[m.Line()]); kbps > 0 {
			body.Longest = max(body.Longest, int64(n)/int64(kbps*1000/8))
		}
	}
	return nil
}

// fetches returns how many bytes a station brings for the version at most. What
// is the same for two stations is worked out once.
func (c *console) fetches(is version) (func(registry.Station) uint64, error) {
	bases, err := c.bases()
	if err != nil {
		return nil, err
	}
	known, worked := map[string]release.Base{}, map[string]uint64{}
	for _, b := range bases {
		known[b.Arch+"/"+b.Release] = b
	}
	return func(st registry.Station) uint64 {
		from := st.Hello.Arch + "/" + st.Reported.Base.Running
		if n, ok := worked[from]; ok {
			return n
		}
		if b, ok := is.of(st.Hello.Arch); ok {
			worked[from] = uint64(b.Fetched(known[from], c.Releases.OpenBlob))
		}
		return worked[from]
	}, nil
}

func titleOf(targets []target, value string) string {
	for _, t := range targets {
		if t.Value == value {
			return t.Label
		}
	}
	return value
}

func planOf(values url.Values, is version) (planForm, rollout.Plan, conductor.Choice, error) {
	form, err := planFrom(values)
	if err != nil {
		return form, rollout.Plan{}, conductor.Choice{}, err
	}
	q, err := form.query()
	return form, form.plan(is.Name), conductor.Choice{Query: q, Archs: is.Archs()}, err
}

func (c *console) startRollout(w http.ResponseWriter, v *visit) error {
	is, err := c.versionIn(v)
	if err != nil {
		return err
	}
	if len(is.Published) == 0 {
		return errNoPage
	}
	form, plan, choice, err := planOf(v.PostForm, is)
	if err != nil {
		return err
	}
	targets, err := c.targets(v)
	if err != nil {
		return err
	}
	id, err := c.Rollouts.Start(v.Context(), v.actor(), v.tenant(), plan, choice, titleOf(targets, form.Target))
	if err != nil {
		return err
	}
	return done(w, v, fmt.Sprintf("/deploiements/%d", id), "deploie")
}
