package rollout

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// ErrPlan marks a plan that cannot be carried out; the error names the field.
var ErrPlan = errors.New("plan cannot be carried out")

// ErrNobody is a rollout without stations.
var ErrNobody = errors.New("no station to roll out to")

// Plan says how a release reaches stations.
type Plan struct {
	Release string        `json:"release"`
	Waves   []Wave        `json:"waves"`   // the last takes all that are left
	Success int           `json:"success"` // per cent of a wave's heard stations that must be healthy before the next
	Failure int           `json:"failure"` // per cent of settled stations that failed: stop. Two failures at least, but one in the first wave
	Soak    time.Duration `json:"soak"`    // how long a wave must have met Success
	Wait    time.Duration `json:"wait"`    // after this long a station of an open wave is late
	Last    time.Duration `json:"last"`    // after this long the rollout is over

	Windows []wire.Window `json:"windows,omitempty"` // when stations may restart by themselves; none: at a power-on only
	Kbps    int           `json:"kbps,omitempty"`    // what a station may fetch, kilobits a second; 0: no bound
	Site    int           `json:"site,omitempty"`    // what all stations of one place may fetch together, kilobits a second; 0: no bound
	Metered bool          `json:"metered,omitempty"` // over connections paid by volume too
}

// Base is an order as a station is told it, of which so many stations of the
// rollout share one line; nil for one that asks nothing.
func (p Plan) Base(o Order, sharing int) *wire.Base {
	if o.Release == "" {
		return nil
	}
	return &wire.Base{Release: o.Release, Windows: p.Windows, Kbps: p.Bound(sharing), Metered: p.Metered, Go: o.Go}
}

// Bound is what a station may fetch, kilobits a second, when so many share its
// line: its own bound, or its equal part of its place's; 0: no bound. All
// stations of the place have a part, whether they fetch now or not: that way the
// bound of the place holds without anybody counting who is on.
func (p Plan) Bound(sharing int) int {
	if p.Site == 0 {
		return p.Kbps
	}
	part := max(1, p.Site/max(1, sharing))
	if p.Kbps == 0 {
		return part
	}
	return min(p.Kbps, part)
}

// Line names what a station fetches through: its place, or the kit that it
// travels with.
func (m Member) Line() string {
	if m.Place != "" {
		return "place " + m.Place
	}
	if m.Kit != "" {
		return "kit " + m.Kit
	}
	return "station " + string(m.Station)
}

// Lines counts the members behind each line.
func (r *Rollout) Lines() map[string]int {
	n := map[string]int{}
	for i := range r.Members {
		n[r.Members[i].Line()]++
	}
	return n
}

// Wave is a share of the stations. One of Stations and Percent is set; a kit is
// never split, so a wave may hold a few more.
type Wave struct {
	Stations int `json:"stations,omitempty"`
	Percent  int `json:"percent,omitempty"` // of all stations
	PerHour  int `json:"perHour,omitempty"` // asked at most so many an hour; 0: all at once
}

// Usual is the plan for a release of which nothing special is known: one kit,
// a tenth, the rest; stations of a kit may be off for weeks between workshops.
func Usual(release string) Plan {
	return Plan{
		Release: release, Waves: []Wave{{Stations: 1}, {Percent: 10}, {Percent: 100}},
		Success: 90, Failure: 3, Soak: 24 * time.Hour, Wait: 21 * 24 * time.Hour, Last: 120 * 24 * time.Hour,
	}
}

// longest is how long a rollout may go on: certificates and signatures of a
// release end too.
const longest = 400 * 24 * time.Hour

// Check returns nil when the plan can be carried out.
func (p Plan) Check() error {
	switch {
	case !wire.ValidRelease(p.Release):
		return fmt.Errorf("%w: release", ErrPlan)
	case len(p.Waves) == 0 || len(p.Waves) > 20:
		return fmt.Errorf("%w: waves", ErrPlan)
	case p.Success < 1 || p.Success > 100:
		return fmt.Errorf("%w: success", ErrPlan)
	case p.Failure < 1 || p.Failure > 100:
		return fmt.Errorf("%w: failure", ErrPlan)
	case p.Soak < 0 || p.Wait <= 0 || p.Last < p.Wait+p.Soak || p.Last > longest:
		return fmt.Errorf("%w: times", ErrPlan)
	case p.Kbps < 0 || p.Site < 0 || len(p.Windows) > 21:
		return fmt.Errorf("%w: bounds", ErrPlan)
	}
	for _, w := range p.Windows {
		if err := w.Check(); err != nil {
			return fmt.Errorf("%w: %w", ErrPlan, err)
		}
	}
	for _, w := range p.Waves {
		if (w.Stations > 0) == (w.Percent > 0) || w.Stations < 0 || w.Percent < 0 || w.Percent > 100 || w.PerHour < 0 {
			return fmt.Errorf("%w: wave", ErrPlan)
		}
	}
	return nil
}

// Station is a candidate for a rollout.
type Station struct {
	ID      wire.Station
	Kit     string
	Place   string
	Release string    // what it runs; "" when it was never heard
	Heard   time.Time // kits that were heard lately go first: they can prove something
}

// Start divides stations into waves and opens the first. Stations that run the
// release already are healthy from the start. The orders are for the first
// wave. Nothing outside changes: what is not kept was a dry run.
func Start(id int, p Plan, stations []Station, now time.Time) (*Rollout, []Order, error) {
	if err := p.Check(); err != nil {
		return nil, nil, err
	}
	if len(stations) == 0 {
		return nil, nil, ErrNobody
	}
	r := &Rollout{ID: id, Plan: p, Phase: Running, Wave: -1, Until: now.Add(p.Last), Members: divide(p, stations, now)}
	r.open(0, now)
	return r, r.step(now), nil
}

// divide gives every station its wave, kits whole.
func divide(p Plan, stations []Station, now time.Time) []Member {
	wave, room := -1, 0
	var members []Member
	for _, kit := range kits(stations) {
		for room <= 0 && wave < len(p.Waves)-1 {
			wave++
			room += p.Waves[wave].size(len(stations))
		}
		room -= len(kit)
		for _, s := range kit {
			m := Member{Station: s.ID, Kit: s.Kit, Place: s.Place, From: s.Release, Wave: wave, Outcome: Waiting, Since: now}
			if s.Release == p.Release {
				m.Outcome = Healthy
			}
			members = append(members, m)
		}
	}
	return members
}

func (w Wave) size(all int) int {
	if w.Stations > 0 {
		return w.Stations
	}
	return (all*w.Percent + 99) / 100
}

// kits groups stations by kit, the latest heard first. A station without a kit
// is one by itself.
func kits(stations []Station) [][]Station {
	byName := map[string]int{}
	var groups [][]Station
	for _, s := range slices.SortedFunc(slices.Values(stations), func(a, b Station) int { return cmp.Compare(a.ID, b.ID) }) {
		at, known := byName[s.Kit]
		if !known || s.Kit == "" {
			at = len(groups)
			byName[s.Kit] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], s)
	}
	slices.SortStableFunc(groups, func(a, b []Station) int { return heard(b).Compare(heard(a)) })
	return groups
}

// heard is when the last of a kit's stations was heard.
func heard(kit []Station) (last time.Time) {
	for _, s := range kit {
		if s.Heard.After(last) {
			last = s.Heard
		}
	}
	return last
}
