package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Rollouts moves releases to stations.
type Rollouts interface {
	Draft(ctx context.Context, tenant wire.Tenant, p rollout.Plan, choice conductor.Choice) (conductor.Draft, error)
	Start(ctx context.Context, by registry.Actor, tenant wire.Tenant, p rollout.Plan, choice conductor.Choice, title string) (int, error)
	Do(ctx context.Context, by registry.Actor, tenant wire.Tenant, id int, e rollout.Event) error
}

// RolloutList reads rollouts.
type RolloutList interface {
	Rollouts(ctx context.Context, tenant wire.Tenant, offset, limit int) ([]conductor.Record, error)
	CountRollouts(ctx context.Context, tenant wire.Tenant) (int, error)
	Rollout(ctx context.Context, tenant wire.Tenant, id int) (conductor.Record, error)
	RolloutSteps(ctx context.Context, tenant wire.Tenant, id int) ([]conductor.Step, error)
}

// rolloutList is the page of all rollouts.
type rolloutList struct {
	*lister
	Rollouts []rolloutLine
}

type rolloutLine struct {
	conductor.Record
	Healthy, Failed int
}

func (c *console) rolloutsPage(w http.ResponseWriter, v *visit) error {
	l := newLister(v)
	var err error
	if l.Total, err = c.RolloutList.CountRollouts(v.Context(), v.tenant()); err != nil {
		return err
	}
	all, err := c.RolloutList.Rollouts(v.Context(), v.tenant(), l.Offset(), perPage)
	if err != nil {
		return err
	}
	body := rolloutList{lister: l}
	for _, r := range all {
		n := r.Tally(-1)
		body.Rollouts = append(body.Rollouts, rolloutLine{r, n[rollout.Healthy], n[rollout.Failed]})
	}
	return c.show(w, v, http.StatusOK, "deploiements", "Déploiements", body)
}

// rolloutView is the page of one rollout.
type rolloutView struct {
	*lister
	conductor.Record
	Waves   []waveView
	Members []memberView
	Counts  []outcomeCount
	Steps   []conductor.Step
	Kits    []string
	Places  []target
	Due     time.Time
}

// waveView is a wave as a bar and in words.
type waveView struct {
	Number, Stations, Healthy int
	Open                      bool // it is the one
	Counts                    []outcomeCount
}

type outcomeCount struct {
	Outcome rollout.Outcome
	Count   int
	Path    string
}

// memberView is a station of a rollout, and how far it says it is.
type memberView struct {
	rollout.Member
	Label string
	State *wire.BaseState // nil: nothing about this release
	Read  string          // where the journal of its failed start is, or ""
}

func (c *console) rolloutPage(w http.ResponseWriter, v *visit) error {
	r, err := c.rollout(v)
	if err != nil {
		return err
	}
	body := rolloutView{lister: newLister(v), Record: r, Due: r.Due(c.Now())}
	if body.Steps, err = c.RolloutList.RolloutSteps(v.Context(), v.tenant(), r.ID); err != nil {
		return err
	}
	for i := range r.Plan.Waves {
		if wave := waveOf(r, i); wave.Stations > 0 {
			body.Waves = append(body.Waves, wave)
		}
	}
	body.Counts = counted(r.Tally(-1), body.path)
	if body.Kits, body.Places, err = c.takenBack(v, r); err != nil {
		return err
	}
	if body.Members, err = c.members(v, r, body.lister); err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "deploiement", fmt.Sprintf("Déploiement %d : version %s", r.ID, r.Plan.Release), body)
}

func (c *console) rollout(v *visit) (conductor.Record, error) {
	id, err := strconv.Atoi(v.PathValue("id"))
	if err != nil {
		return conductor.Record{}, errNoPage
	}
	return c.RolloutList.Rollout(v.Context(), v.tenant(), id)
}

func waveOf(r conductor.Record, wave int) waveView {
	n := r.Tally(wave)
	w := waveView{Number: wave + 1, Healthy: n[rollout.Healthy], Open: wave == r.Wave && !r.Phase.Over(), Counts: counted(n, "")}
	for _, c := range w.Counts {
		w.Stations += c.Count
	}
	return w
}

func counted(n map[rollout.Outcome]int, path string) (counts []outcomeCount) {
	for _, o := range outcomes() {
		if n[o] > 0 {
			counts = append(counts, outcomeCount{o, n[o], path + "?etat=" + string(o)})
		}
	}
	return counts
}

// takenBack lists the kits and places that can be sent back.
func (c *console) takenBack(v *visit, r conductor.Record) (kits []string, places []target, err error) {
	names, err := c.placeNames(v)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, m := range r.Members {
		if m.Kit != "" && !slices.Contains(kits, m.Kit) {
			kits = append(kits, m.Kit)
		}
		if m.Place != "" && !seen[m.Place] {
			seen[m.Place] = true
			places = append(places, target{m.Place, names[m.Place]})
		}
	}
	slices.Sort(kits)
	return kits, places, nil
}

// members returns the page of members that the URL asks for.
func (c *console) members(v *visit, r conductor.Record, l *lister) ([]memberView, error) {
	chosen := slices.DeleteFunc(slices.Clone(r.Members), func(m rollout.Member) bool {
		return l.Get("etat") != "" && string(m.Outcome) != l.Get("etat")
	})
	l.Total = len(chosen)
	var views []memberView
	for _, m := range chosen[min(l.Offset(), l.Total):min(l.Offset()+perPage, l.Total)] {
		st, err := c.Fleet.Station(v.Context(), v.tenant(), m.Station)
		if err != nil && !errors.Is(err, registry.ErrUnknown) {
			return nil, err
		}
		view := memberView{Member: m, Label: st.Label, State: st.Reported.Base}
		if view.State != nil && view.State.Target != r.Plan.Release {
			view.State = nil
		}
		if m.Outcome == rollout.Failed {
			view.Read = c.trialJournal(v, m.Station, r)
		}
		views = append(views, view)
	}
	return views, nil
}

// changeRollout carries out a person's decision.
func (c *console) changeRollout(w http.ResponseWriter, v *visit) error {
	r, err := c.rollout(v)
	if err != nil {
		return err
	}
	e, err := decision(v)
	if err != nil {
		return err
	}
	if err := c.Rollouts.Do(v.Context(), v.actor(), v.tenant(), r.ID, e); err != nil {
		return err
	}
	return done(w, v, fmt.Sprintf("/deploiements/%d", r.ID), "decide")
}

// decision reads what a form asks for. What cannot be undone needs its box.
func decision(v *visit) (rollout.Event, error) {
	sure := v.PostFormValue("sur") == "oui"
	switch act := v.PostFormValue("geste"); {
	case act == "suspendre":
		return rollout.Pause{}, nil
	case act == "reprendre":
		return rollout.Resume{}, nil
	case act == "reessayer":
		return rollout.Again{Station: wire.Station(v.PostFormValue("poste"))}, nil
	case act == "abandonner" && sure:
		return rollout.Abort{}, nil
	case act == "annuler" && sure:
		return rollout.Abort{Back: true}, nil
	case act == "mallette" && sure && v.PostFormValue("mallette") != "":
		return rollout.Back{Kit: v.PostFormValue("mallette")}, nil
	case act == "lieu" && sure && v.PostFormValue("lieu") != "":
		return rollout.Back{Place: v.PostFormValue("lieu")}, nil
	}
	return nil, fmt.Errorf("%w: geste", errInput)
}
