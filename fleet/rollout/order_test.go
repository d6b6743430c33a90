package rollout_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// orders is how many random histories are tried: MALLETTE_SOAK makes it a
// million.
func orders() int {
	if os.Getenv("MALLETTE_SOAK") != "" {
		return 1_000_000
	}
	return 20_000
}

// Whatever happens in whatever order, a rollout and each of its stations has an
// outcome once its last moment and one wait are over, orders only name what a
// station ran or the release, and the stations of a kit that stayed in reach
// are asked for one release.
func TestNothingIsLeftWithoutAnOutcome(t *testing.T) {
	for seed := range uint64(orders()) {
		rnd := rand.New(rand.NewPCG(seed, 27))
		p := randomPlan(rnd)
		stations := randomFleet(rnd)
		r, first, err := rollout.Start(1, p, stations, monday)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		now, asked := monday, map[wire.Station]rollout.Order{}
		take := func(orders []rollout.Order) {
			for _, o := range orders {
				if o.Release != release && o.Release != before && o.Release != "" {
					t.Fatalf("seed %d: order %+v", seed, o)
				}
				asked[o.Station] = o
			}
		}
		take(first)
		for range rnd.IntN(24) {
			now = now.Add(time.Duration(rnd.Int64N(int64(p.Last / 6))))
			take(r.Apply(randomEvent(rnd, stations, asked), now))
		}
		for _, m := range r.Members {
			if m.Since.After(now) {
				t.Fatalf("seed %d: %+v is of the future", seed, m)
			}
		}
		take(r.Apply(rollout.Tick{}, later(now, r.Until)))
		take(r.Apply(rollout.Tick{}, later(now, r.Until).Add(p.Wait)))
		check(t, seed, r, asked)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func check(t *testing.T, seed uint64, r *rollout.Rollout, asked map[wire.Station]rollout.Order) {
	t.Helper()
	if !r.Phase.Over() {
		t.Fatalf("seed %d: phase %s after its last moment", seed, r.Phase)
	}
	failed := map[string]bool{}
	for _, m := range r.Members {
		if !m.Outcome.Settled() {
			t.Fatalf("seed %d: %s is %s after its last moment", seed, m.Station, m.Outcome)
		}
		failed[m.Kit] = failed[m.Kit] || m.Kit != "" && m.Outcome == rollout.Failed
	}
	for _, m := range r.Members {
		if failed[m.Kit] && m.Outcome == rollout.Healthy && m.From == before && !m.Taken {
			t.Fatalf("seed %d: %s stays on the release in a kit where another failed: %+v", seed, m.Station, r.Members)
		}
		if m.Want == release && (m.Outcome == rollout.Withdrawn || m.Outcome == rollout.Returned || r.Phase == rollout.Aborted && m.Outcome != rollout.Healthy && m.Outcome != rollout.Sent) {
			t.Fatalf("seed %d: %s is %s in a rollout that is %s and still asked", seed, m.Station, m.Outcome, r.Phase)
		}
		if m.Outcome != rollout.Gone && !m.Taken && r.Order(m) != asked[m.Station] && (m.Want != "" || asked[m.Station].Release != "") {
			t.Fatalf("seed %d: %s wants %+v; was asked %+v", seed, m.Station, r.Order(m), asked[m.Station])
		}
	}
}

// randomFleet is kits of two, some stations without a kit, some never heard.
func randomFleet(rnd *rand.Rand) []rollout.Station {
	stations := fleet(1 + rnd.IntN(3))
	for i := range stations {
		switch rnd.IntN(8) {
		case 0:
			stations[i].Release = ""
		case 1:
			stations[i].Kit = ""
		case 2:
			stations[i].Release = release
		}
	}
	return stations
}

func randomPlan(rnd *rand.Rand) rollout.Plan {
	p := rollout.Usual(release)
	p.Waves = p.Waves[rnd.IntN(3):]
	p.Waves[0].PerHour = rnd.IntN(3)
	p.Success, p.Failure = 1+rnd.IntN(100), 1+rnd.IntN(100)
	p.Soak, p.Wait = time.Duration(rnd.Int64N(int64(48*time.Hour))), time.Hour+time.Duration(rnd.Int64N(int64(72*time.Hour)))
	p.Last = p.Soak + p.Wait + time.Duration(rnd.Int64N(int64(200*time.Hour)))
	return p
}

func randomEvent(rnd *rand.Rand, stations []rollout.Station, asked map[wire.Station]rollout.Order) rollout.Event {
	s := stations[rnd.IntN(len(stations))]
	attempt := asked[s.ID].Go
	if rnd.IntN(6) == 0 {
		attempt = "r1-0"
	}
	switch rnd.IntN(17) {
	case 0:
		return rollout.Pause{}
	case 1:
		return rollout.Resume{}
	case 2:
		return rollout.Abort{Back: rnd.IntN(2) == 0}
	case 3:
		return rollout.Back{Kit: s.Kit}
	case 4:
		return rollout.Lost{Station: s.ID}
	case 5:
		return rollout.Again{Station: s.ID}
	case 6, 7:
		return rollout.Heard{Station: s.ID, Release: before, Failed: release, Go: attempt, Reason: "display"}
	case 12:
		return rollout.Taken{Station: s.ID}
	case 13:
		return rollout.Heard{Station: s.ID, Release: release, Failed: before, Go: attempt, Reason: "space"}
	case 14:
		return rollout.Heard{Station: s.ID}
	case 8:
		return rollout.Heard{Station: s.ID, Release: before}
	case 9, 10, 11:
		return rollout.Heard{Station: s.ID, Release: release}
	}
	return rollout.Tick{}
}
