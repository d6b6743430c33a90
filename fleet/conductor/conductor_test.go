package conductor_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/store/storetest"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const (
	tenant  = storetest.Tenant
	before  = "2027.02.1"
	release = "2027.03.1"
)

var (
	monday = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	ada    = registry.Actor{Login: "ada", Address: "192.0.2.1"}
)

// house is a conductor on a real store with stations of one kit.
type house struct {
	*conductor.Conductor
	dir      string
	db       *store.Store
	now      time.Time
	stations []wire.Station
}

func newHouse(t *testing.T, stations int) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), now: monday}
	db, err := store.Create(t.Context(), h.dir, store.WithNow(func() time.Time { return h.now }))
	check(t, err)
	storetest.Furnish(t, db)
	for i := range stations {
		id := wire.Station(fmt.Sprintf("saaaaaaaaaaaaaaa%c", 'a'+i))
		storetest.Enrol(t, db, id, 1, make([]byte, 32))
		h.stations = append(h.stations, id)
	}
	h.use(db)
	t.Cleanup(func() { h.db.Close() })
	for _, id := range h.stations {
		h.says(t, id, wire.BaseState{Running: before, Slot: "a", State: wire.BaseIdle})
	}
	return h
}

// use makes a conductor on db, as a server that starts does.
func (h *house) use(db *store.Store) {
	h.db = db
	reg := registry.Registry{Store: db, Now: func() time.Time { return h.now }, Log: slog.New(slog.DiscardHandler)}
	h.Conductor = &conductor.Conductor{Store: db, Fleet: db, Now: reg.Now, Log: reg.Log, Order: reg.OrderBase}
}

// restart opens the store again, as after a kill: nothing is told before.
func (h *house) restart(t *testing.T) {
	t.Helper()
	check(t, h.db.Close())
	db, err := store.Open(t.Context(), h.dir, store.WithNow(func() time.Time { return h.now }))
	check(t, err)
	h.use(db)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) says(t *testing.T, id wire.Station, s wire.BaseState) {
	t.Helper()
	check(t, h.db.SaveReported(t.Context(), tenant, id, wire.Reported{Base: &s}, h.now))
}

// obeys makes a station do what it is asked, well or badly.
func (h *house) obeys(t *testing.T, id wire.Station, well bool) {
	t.Helper()
	base := h.asked(t, id)
	if base == nil {
		t.Fatalf("%s is asked nothing", id)
	}
	s := wire.BaseState{Running: base.Release, Slot: "b", Target: base.Release, Go: base.Go, State: wire.BaseHealthy}
	if !well {
		s.Running, s.Slot, s.State, s.Reason = before, "a", wire.BaseFailed, "unhealthy:display"
	}
	h.says(t, id, s)
}

func (h *house) asked(t *testing.T, id wire.Station) *wire.Base {
	t.Helper()
	d, err := h.db.Desired(t.Context(), tenant, id)
	check(t, err)
	return d.Base
}

func (h *house) start(t *testing.T, change func(*rollout.Plan)) int {
	t.Helper()
	p := rollout.Usual(release)
	p.Waves = []rollout.Wave{{Percent: 100}}
	if change != nil {
		change(&p)
	}
	id, err := h.Start(t.Context(), ada, tenant, p, conductor.Choice{}, "Tout")
	check(t, err)
	return id
}

// want compares a rollout with a phase, the outcomes of its members and the
// steps so far, oldest first.
func (h *house) want(t *testing.T, id int, phase rollout.Phase, outcomes []rollout.Outcome, what ...conductor.What) {
	t.Helper()
	r, err := h.db.Rollout(t.Context(), tenant, id)
	check(t, err)
	var got []rollout.Outcome
	for _, m := range r.Members {
		got = append(got, m.Outcome)
	}
	list, err := h.db.RolloutSteps(t.Context(), tenant, id)
	check(t, err)
	var steps []conductor.What
	for _, s := range slices.Backward(list) {
		steps = append(steps, s.What)
	}
	if r.Phase != phase || !slices.Equal(got, outcomes) || !slices.Equal(steps, what) {
		t.Errorf("rollout is %s, %v, %v; want %s, %v, %v", r.Phase, got, steps, phase, outcomes, what)
	}
}

func (h *house) sweep(t *testing.T) {
	t.Helper()
	check(t, h.Sweep(t.Context()))
}

const (
	healthy = rollout.Healthy
	failed  = rollout.Failed
	sent    = rollout.Sent
)

func TestARolloutReachesItsStations(t *testing.T) {
	h := newHouse(t, 2)
	id := h.start(t, nil)
	h.want(t, id, rollout.Running, []rollout.Outcome{sent, sent}, conductor.StepStart)
	for _, st := range h.stations {
		h.obeys(t, st, true)
	}
	h.sweep(t)
	h.now = h.now.Add(25 * time.Hour)
	h.sweep(t)
	h.want(t, id, rollout.Done, []rollout.Outcome{healthy, healthy}, conductor.StepStart, conductor.StepDone)
	if refs, err := h.db.Watched(t.Context()); err != nil || len(refs) != 0 {
		t.Errorf("Watched() = %v, %v; want none", refs, err)
	}
}

func TestAFailureHaltsAndBringsTheKitBack(t *testing.T) {
	h := newHouse(t, 2)
	id := h.start(t, nil)
	h.obeys(t, h.stations[0], false)
	h.obeys(t, h.stations[1], true)
	h.sweep(t)
	h.want(t, id, rollout.Halted, []rollout.Outcome{failed, rollout.Returning}, conductor.StepStart, conductor.StepHalt)
	for _, st := range h.stations {
		if b := h.asked(t, st); b == nil || b.Release != before {
			t.Errorf("%s is asked %+v; want %s", st, b, before)
		}
	}
	h.obeys(t, h.stations[1], true)
	h.sweep(t)
	check(t, h.Do(t.Context(), ada, tenant, id, rollout.Again{Station: h.stations[0]}))
	h.want(t, id, rollout.Halted, []rollout.Outcome{sent, sent}, conductor.StepStart, conductor.StepHalt, conductor.StepAgain)
	if b := h.asked(t, h.stations[0]); b == nil || b.Release != release || b.Go != "r1-3" {
		t.Errorf("tried again with %+v; want %s as attempt r1-3", b, release)
	}
}

// A station that the description of a release has not reached yet says nothing
// about the release.
func TestWhatHasNotArrivedIsNotHeldAgainstARelease(t *testing.T) {
	h := newHouse(t, 1)
	id := h.start(t, nil)
	b := h.asked(t, h.stations[0])
	h.says(t, h.stations[0], wire.BaseState{Running: before, Slot: "a", Target: release, Go: b.Go, State: wire.BaseFailed, Reason: wire.ReasonUnknown})
	h.sweep(t)
	h.want(t, id, rollout.Running, []rollout.Outcome{sent}, conductor.StepStart)
	h.obeys(t, h.stations[0], true)
	h.sweep(t)
	h.want(t, id, rollout.Running, []rollout.Outcome{healthy}, conductor.StepStart)
}

// TestAServerThatStopsGoesOn stops it at the worst moment: what follows is
// stored, and nobody was told.
func TestAServerThatStopsGoesOn(t *testing.T) {
	h := newHouse(t, 2)
	h.Order = func(context.Context, wire.Tenant, []registry.BaseOrder) error { return errors.New("killed") }
	id := h.start(t, nil)
	if b := h.asked(t, h.stations[0]); b != nil {
		t.Fatalf("asked %+v before the restart; want nothing", b)
	}
	h.restart(t)
	h.sweep(t)
	if b := h.asked(t, h.stations[0]); b == nil || b.Go != "r1-1" {
		t.Errorf("asked %+v after the restart; want the first attempt", b)
	}
	h.obeys(t, h.stations[0], true)
	h.restart(t)
	h.sweep(t)
	h.sweep(t)
	h.want(t, id, rollout.Running, []rollout.Outcome{healthy, sent}, conductor.StepStart)
	if b := h.asked(t, h.stations[1]); b == nil || b.Go != "r1-1" {
		t.Errorf("asked %+v after two sweeps; want still the first attempt", b)
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	h := newHouse(t, 3)
	check(t, h.db.SaveLost(t.Context(), tenant, h.stations[0], h.now, registry.Audit{At: h.now, What: "station.lost"}))
	check(t, h.db.SaveReported(t.Context(), tenant, h.stations[1], wire.Reported{}, h.now))
	d, err := h.Draft(t.Context(), tenant, rollout.Usual(release), conductor.Choice{})
	check(t, err)
	var why []conductor.Skip
	for _, s := range d.Skipped {
		why = append(why, s.Why)
	}
	slices.Sort(why)
	if len(d.Members) != 1 || !slices.Equal(why, []conductor.Skip{conductor.SkipFixed, conductor.SkipLost}) {
		t.Errorf("Draft() = %d members, left out %v; want 1, one that cannot and one lost", len(d.Members), why)
	}
	if n, err := h.db.CountRollouts(t.Context(), tenant); err != nil || n != 0 {
		t.Errorf("CountRollouts() = %d, %v; want 0", n, err)
	}
	d, err = h.Draft(t.Context(), tenant, rollout.Usual(release), conductor.Choice{Archs: []string{"arm64"}})
	if err != nil || d.Rollout != nil {
		t.Errorf("Draft(for another machine) = %+v, %v; want nobody", d, err)
	}
	if _, err := h.Start(t.Context(), ada, tenant, rollout.Usual(""), conductor.Choice{}, ""); !errors.Is(err, conductor.ErrPlan) {
		t.Errorf("Start(no release) = %v; want %v", err, conductor.ErrPlan)
	}
}

func TestANewerRolloutTakesWhatAnOlderLeft(t *testing.T) {
	h := newHouse(t, 1)
	first := h.start(t, nil)
	if d, err := h.Draft(t.Context(), tenant, rollout.Usual("2027.04.1"), conductor.Choice{}); err != nil || d.Rollout != nil || d.Skipped[0].Why != conductor.SkipBusy {
		t.Errorf("Draft() during a rollout = %+v, %v; want the station busy", d, err)
	}
	h.now = h.now.Add(22 * 24 * time.Hour)
	h.sweep(t)
	h.want(t, first, rollout.Halted, []rollout.Outcome{rollout.Late}, conductor.StepStart, conductor.StepHalt)
	h.start(t, func(p *rollout.Plan) { p.Release = "2027.04.1" })
	h.sweep(t)
	r, err := h.db.Rollout(t.Context(), tenant, first)
	check(t, err)
	if m := r.Members[0]; m.Outcome != rollout.Withdrawn || !m.Taken {
		t.Errorf("member of the older rollout = %+v; want withdrawn, taken", m)
	}
	if b := h.asked(t, h.stations[0]); b == nil || b.Go != "r2-1" {
		t.Errorf("asked %+v; want the newer rollout's first attempt", b)
	}
}

func TestRunLooksWhenStationsSpeak(t *testing.T) {
	h := newHouse(t, 1)
	h.Gather = time.Millisecond
	id := h.start(t, nil)
	looked := make(chan struct{})
	order := h.Order
	h.Order = func(c context.Context, tenant wire.Tenant, orders []registry.BaseOrder) error {
		err := order(c, tenant, orders)
		close(looked)
		return err
	}
	c, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- h.Run(c) }()
	h.obeys(t, h.stations[0], false)
	h.Awake()
	<-looked
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run() = %v; want nil", err)
	}
	h.want(t, id, rollout.Halted, []rollout.Outcome{failed}, conductor.StepStart, conductor.StepHalt)
}
