package rollout_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

var monday = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

const (
	before  = "2027.02.1"
	release = "2027.03.1"
)

// fleet is kits of two stations, "k1" with "k1-1" and "k1-2", the first heard
// last.
func fleet(kits int) []rollout.Station {
	var out []rollout.Station
	for k := range kits {
		kit := fmt.Sprintf("k%d", k+1)
		for s := range 2 {
			id := wire.Station(fmt.Sprintf("%s-%d", kit, s+1))
			out = append(out, rollout.Station{ID: id, Kit: kit, Place: "p" + kit, Release: before, Heard: monday.Add(-time.Duration(k) * time.Hour)})
		}
	}
	return out
}

func plan(change func(*rollout.Plan)) rollout.Plan {
	p := rollout.Usual(release)
	p.Waves = []rollout.Wave{{Stations: 1}, {Percent: 40}, {Percent: 100}}
	if change != nil {
		change(&p)
	}
	return p
}

// run is a rollout and the release each station is asked to run.
type run struct {
	*rollout.Rollout
	now   time.Time
	asked map[wire.Station]string
	tries map[wire.Station]string
}

func start(t *testing.T, p rollout.Plan, stations []rollout.Station) *run {
	t.Helper()
	r, orders, err := rollout.Start(1, p, stations, monday)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	f := &run{Rollout: r, now: monday, asked: map[wire.Station]string{}, tries: map[wire.Station]string{}}
	f.take(orders)
	return f
}

func (f *run) take(orders []rollout.Order) {
	for _, o := range orders {
		f.asked[o.Station], f.tries[o.Station] = o.Release, o.Go
	}
}

// after lets time go by, then events happen.
func (f *run) after(d time.Duration, events ...rollout.Event) {
	f.now = f.now.Add(d)
	if len(events) == 0 {
		events = []rollout.Event{rollout.Tick{}}
	}
	for _, e := range events {
		f.take(f.Apply(e, f.now))
	}
}

func healthy(ids ...wire.Station) (events []rollout.Event) {
	for _, id := range ids {
		events = append(events, rollout.Heard{Station: id, Release: release})
	}
	return events
}

// failed is a station's word that its latest attempt failed.
func (f *run) failed(id wire.Station) rollout.Event {
	return rollout.Heard{Station: id, Release: before, Failed: release, Go: f.tries[id], Reason: "unhealthy:display"}
}

// outcomes lists "station outcome reason", sorted.
func (f *run) outcomes() (out []string) {
	for _, m := range f.Members {
		line := string(m.Station) + " " + string(m.Outcome)
		if m.Reason != "" {
			line += " " + string(m.Reason)
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func (f *run) want(t *testing.T, when string, phase rollout.Phase, why rollout.Why, wave int, asked ...string) {
	t.Helper()
	var got []string
	for id, what := range f.asked {
		if what == release {
			got = append(got, string(id))
		}
	}
	slices.Sort(got)
	if f.Phase != phase || f.Why != why || f.Wave != wave || !slices.Equal(got, asked) {
		t.Errorf("%s: %s %q wave %d, asked %v; want %s %q wave %d, asked %v", when, f.Phase, f.Why, f.Wave, got, phase, why, wave, asked)
	}
}

func TestWavesOpenWhenTheOneBeforeHasProvedItself(t *testing.T) {
	f := start(t, plan(nil), fleet(4))
	f.want(t, "start", rollout.Running, "", 0, "k1-1", "k1-2")
	f.after(time.Hour, healthy("k1-1")...)
	f.after(48 * time.Hour)
	f.want(t, "half of the canary", rollout.Running, "", 0, "k1-1", "k1-2")
	f.after(time.Hour, healthy("k1-2")...)
	f.after(23 * time.Hour)
	f.want(t, "before its soak", rollout.Running, "", 0, "k1-1", "k1-2")
	f.after(time.Hour)
	f.want(t, "after its soak", rollout.Running, "", 1, "k1-1", "k1-2", "k2-1", "k2-2", "k3-1", "k3-2")
	f.after(time.Hour, healthy("k2-1", "k2-2", "k3-1", "k3-2")...)
	f.after(24 * time.Hour)
	f.after(time.Hour, healthy("k4-1", "k4-2")...)
	f.after(24 * time.Hour)
	f.want(t, "all", rollout.Done, "", 2, "k1-1", "k1-2", "k2-1", "k2-2", "k3-1", "k3-2", "k4-1", "k4-2")
}

func TestOneFailureInTheCanaryStopsAndBringsItsKitBack(t *testing.T) {
	f := start(t, plan(nil), fleet(2))
	f.after(time.Hour, append(healthy("k1-2"), f.failed("k1-1"))...)
	f.want(t, "failed", rollout.Halted, rollout.TooManyFailed, 0)
	if got, want := f.outcomes(), []string{"k1-1 failed unhealthy:display", "k1-2 returning kit", "k2-1 waiting", "k2-2 waiting"}; !slices.Equal(got, want) {
		t.Errorf("outcomes = %q; want %q", got, want)
	}
	f.after(time.Hour, rollout.Heard{Station: "k1-2", Release: before})
	if got := f.outcomes()[1]; got != "k1-2 returned kit" {
		t.Errorf("outcome = %q; want k1-2 returned kit", got)
	}
}

func TestAPersonMayGoOnAfterAHalt(t *testing.T) {
	f := start(t, plan(func(p *rollout.Plan) { p.Success = 50 }), fleet(3))
	f.after(time.Hour, f.failed("k1-1"))
	f.after(time.Hour, rollout.Resume{})
	f.want(t, "resumed", rollout.Halted, rollout.TooFewHealthy, 0)
	f.after(time.Hour, rollout.Resume{})
	f.after(48 * time.Hour)
	f.want(t, "resumed again", rollout.Running, "", 1, "k2-1", "k2-2")
	f.after(time.Hour, rollout.Again{Station: "k1-1"})
	if f.asked["k1-1"] != release {
		t.Errorf("asked k1-1 = %q; want the release again", f.asked["k1-1"])
	}
}

func TestThreePercentFailuresHaltAtTheThreshold(t *testing.T) {
	var stations []rollout.Station
	for i := range 500 {
		stations = append(stations, rollout.Station{ID: wire.Station(fmt.Sprintf("s%03d", i)), Release: before})
	}
	f := start(t, plan(func(p *rollout.Plan) { p.Waves = []rollout.Wave{{Stations: 5}, {Percent: 100}}; p.Failure = 2 }), stations)
	f.after(time.Hour, healthy("s000", "s001", "s002", "s003", "s004")...)
	f.after(24 * time.Hour)
	heard := 5
	for i := 5; f.Phase == rollout.Running && i < 500; i++ {
		id := wire.Station(fmt.Sprintf("s%03d", i))
		if heard++; i%33 == 0 {
			f.after(time.Second, f.failed(id))
		} else {
			f.after(time.Second, healthy(id)...)
		}
	}
	if n := f.Tally(-1); f.Phase != rollout.Halted || f.Why != rollout.TooManyFailed || n[rollout.Failed]*100 < 2*heard || heard > 120 {
		t.Errorf("%s %q after %d stations, %v; want halted soon", f.Phase, f.Why, heard, n)
	}
}

func TestNobodyIsWaitedForWithoutEnd(t *testing.T) {
	f := start(t, plan(nil), fleet(2))
	f.after(21 * 24 * time.Hour)
	f.want(t, "canary on its shelf", rollout.Halted, rollout.NobodyHeard, 0, "k1-1", "k1-2")
	f.after(120 * 24 * time.Hour)
	f.want(t, "last moment", rollout.Expired, "", 0, "k1-1", "k1-2")
	want := []string{"k1-1 late", "k1-2 late", "k2-1 withdrawn", "k2-2 withdrawn"}
	if got := f.outcomes(); !slices.Equal(got, want) {
		t.Errorf("outcomes = %q; want %q", got, want)
	}
	f.after(365*24*time.Hour, healthy("k1-1")...)
	if got := f.outcomes()[0]; got != "k1-1 healthy" {
		t.Errorf("a year later = %q; want k1-1 healthy", got)
	}
}

func TestPauseAbortAndGoingBack(t *testing.T) {
	f := start(t, plan(func(p *rollout.Plan) { p.Waves = []rollout.Wave{{Percent: 100}} }), fleet(3))
	f.after(time.Hour, healthy("k1-1", "k1-2", "k2-1")...)
	f.after(time.Hour, rollout.Back{Kit: "k1"})
	f.after(time.Hour, rollout.Abort{Back: true})
	f.want(t, "aborted", rollout.Aborted, "", 0)
	want := []string{"k1-1 returning order", "k1-2 returning order", "k2-1 returning order", "k2-2 withdrawn order", "k3-1 withdrawn order", "k3-2 withdrawn order"}
	if got := f.outcomes(); !slices.Equal(got, want) {
		t.Errorf("outcomes = %q; want %q", got, want)
	}

	f = start(t, plan(nil), fleet(2))
	f.after(time.Hour, rollout.Pause{})
	f.after(time.Hour, healthy("k1-1", "k1-2")...)
	f.after(48 * time.Hour)
	f.want(t, "paused", rollout.Paused, "", 0, "k1-1", "k1-2")
	f.after(time.Hour, rollout.Resume{})
	f.after(24 * time.Hour)
	f.want(t, "resumed", rollout.Running, "", 1, "k1-1", "k1-2", "k2-1", "k2-2")
}

func TestRateLetsKitsInOneByOne(t *testing.T) {
	f := start(t, plan(func(p *rollout.Plan) { p.Waves = []rollout.Wave{{Percent: 100, PerHour: 2}} }), fleet(3))
	f.want(t, "start", rollout.Running, "", 0, "k1-1", "k1-2")
	for range 3 { // only when it said it would
		due := f.Due(f.now)
		f.after(due.Sub(f.now))
	}
	f.want(t, "an hour and a half", rollout.Running, "", 0, "k1-1", "k1-2", "k2-1", "k2-2")
	if got := f.now.Sub(monday); got != 90*time.Minute {
		t.Errorf("three dues take %v; want 1h30m", got)
	}
}

func TestBadPlansAreRefused(t *testing.T) {
	tests := map[string]func(*rollout.Plan){
		"no release":       func(p *rollout.Plan) { p.Release = "" },
		"no wave":          func(p *rollout.Plan) { p.Waves = nil },
		"two sizes":        func(p *rollout.Plan) { p.Waves[0].Percent = 5 },
		"success over 100": func(p *rollout.Plan) { p.Success = 101 },
		"failure of 0":     func(p *rollout.Plan) { p.Failure = 0 },
		"waits for ever":   func(p *rollout.Plan) { p.Wait = 0 },
		"ends before":      func(p *rollout.Plan) { p.Last = time.Hour },
		"never ends":       func(p *rollout.Plan) { p.Last = 10 * 365 * 24 * time.Hour },
		"a path":           func(p *rollout.Plan) { p.Release = "../1" },
		"an odd window":    func(p *rollout.Plan) { p.Windows = []wire.Window{{From: "9", To: "10"}} },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			if _, _, err := rollout.Start(1, plan(change), fleet(1), monday); !errors.Is(err, rollout.ErrPlan) {
				t.Errorf("Start = %v; want ErrPlan", err)
			}
		})
	}
	if _, _, err := rollout.Start(1, plan(nil), nil, monday); !errors.Is(err, rollout.ErrNobody) {
		t.Errorf("Start with nobody = %v; want ErrNobody", err)
	}
}

func TestOldNewsOfAStationIsNotBelieved(t *testing.T) {
	f := start(t, plan(func(p *rollout.Plan) { p.Waves = []rollout.Wave{{Percent: 100}} }), fleet(1))
	first := f.failed("k1-1")
	f.after(time.Hour, first)
	f.after(time.Hour, rollout.Again{Station: "k1-1"}, first)
	if got, want := f.outcomes()[0], "k1-1 sent"; got != want {
		t.Errorf("after the first failure came again = %q; want %q", got, want)
	}
	f.after(time.Hour, rollout.Back{Kit: "k1"}, rollout.Heard{Station: "k1-1", Release: release})
	if got, want := f.outcomes()[0], "k1-1 returning order"; got != want {
		t.Errorf("healthy after it was asked back = %q; want %q", got, want)
	}
}

func TestAnotherRolloutTakesAStation(t *testing.T) {
	f := start(t, plan(func(p *rollout.Plan) { p.Waves = []rollout.Wave{{Percent: 100}} }), fleet(1))
	f.after(time.Hour, healthy("k1-1")...)
	f.after(time.Hour, rollout.Taken{Station: "k1-1"}, rollout.Taken{Station: "k1-2"}, rollout.Back{Kit: "k1"}, rollout.Abort{Back: true})
	if got, want := f.outcomes(), []string{"k1-1 healthy", "k1-2 withdrawn other"}; !slices.Equal(got, want) {
		t.Errorf("outcomes = %q; want %q", got, want)
	}
	if f.asked["k1-1"] != release || f.asked["k1-2"] != release || f.Watched() {
		t.Errorf("asked %v, watched %v; want no order after it was taken, and nothing to watch", f.asked, f.Watched())
	}
}

func TestAPauseDoesNotEndInARush(t *testing.T) {
	f := start(t, plan(func(p *rollout.Plan) { p.Waves = []rollout.Wave{{Percent: 100, PerHour: 2}} }), fleet(3))
	f.after(time.Minute, rollout.Pause{})
	f.after(24*time.Hour, rollout.Resume{})
	f.want(t, "resumed", rollout.Running, "", 0, "k1-1", "k1-2")
}

func TestForecast(t *testing.T) {
	f := start(t, plan(func(p *rollout.Plan) { p.Waves[2].PerHour = 2 }), fleet(4))
	want := []rollout.Forecast{
		{Stations: 2, Kits: 1, Opens: monday, Asked: monday},
		{Stations: 4, Kits: 2, Opens: monday.Add(24 * time.Hour), Asked: monday.Add(24 * time.Hour)},
		{Stations: 2, Kits: 1, Opens: monday.Add(48 * time.Hour), Asked: monday.Add(48*time.Hour + 30*time.Minute)},
	}
	if got := f.Forecast(monday); !slices.Equal(got, want) {
		t.Errorf("Forecast() = %+v; want %+v", got, want)
	}
}

func TestBaseSaysHow(t *testing.T) {
	p := plan(func(p *rollout.Plan) { p.Kbps, p.Windows = 500, []wire.Window{{From: "22:00", To: "05:00"}} })
	f := start(t, p, fleet(1))
	b := p.Base(f.Order(f.Members[0]), 1)
	if b == nil || b.Release != release || b.Go != "r1-1" || b.Kbps != 500 || len(b.Windows) != 1 {
		t.Errorf("Base = %+v; want the release, its first attempt and the bounds", b)
	}
	if b := p.Base(rollout.Order{Station: "k1-1"}, 1); b != nil {
		t.Errorf("Base of an order that asks nothing = %+v; want nil", b)
	}
}

// The stations of a place share its line: together they never fetch more.
func TestStationsOfAPlaceShareItsLine(t *testing.T) {
	for _, c := range []struct {
		name       string
		kbps, site int
		want       int // each of two
	}{
		{"no bound", 0, 0, 0},
		{"a station's own", 500, 0, 500},
		{"a place's", 0, 2000, 1000},
		{"both, the place's is less", 1500, 2000, 1000},
		{"both, the station's is less", 600, 2000, 600},
		{"never nothing, which would be no bound", 0, 1, 1},
	} {
		r := start(t, plan(func(p *rollout.Plan) { p.Kbps, p.Site = c.kbps, c.site }), fleet(3))
		lines := r.Lines()
		for _, m := range r.Members[:2] {
			if b := r.Plan.Base(r.Order(m), lines[m.Line()]); b == nil || b.Kbps != c.want {
				t.Errorf("%s: %s is asked %+v; want %d kbit/s", c.name, m.Station, b, c.want)
			}
		}
	}
}
