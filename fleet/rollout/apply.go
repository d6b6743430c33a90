package rollout

import (
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Event is something that happened: a station spoke, a person decided, or only
// time went by ([Tick]).
type Event interface {
	apply(r *Rollout, now time.Time) []Order
}

// Heard is what a station says of a release: it runs it and has proved itself,
// or it tried and came back, for a reason.
type Heard struct {
	Station wire.Station
	Release string // that it runs, proved
	Failed  string // a release that it tried and left
	Reason  string // why it left it, a closed word
}

// Lost takes a station out: it was lost, wiped or moved to another operator.
type Lost struct{ Station wire.Station }

// Tick is time going by.
type Tick struct{}

// Pause stops asking stations until [Resume]. What was asked stays asked.
type Pause struct{}

// Resume goes on after [Pause], or after a halt that a person has looked into:
// failures that were known then are forgiven.
type Resume struct{}

// Abort ends the rollout: stations that have not proved the release are asked
// to stay on what they ran; with Back, those that have are asked to return too.
type Abort struct{ Back bool }

// Again asks a station that failed, and its kit, to try once more: the cause
// was looked into.
type Again struct{ Station wire.Station }

// Back asks the stations of a kit, of a place, or of both when both are set, to
// return to what they ran before.
type Back struct{ Kit, Place string }

// Apply changes the rollout by an event and returns the orders that follow.
// An event that changes nothing is harmless, in any order and number.
func (r *Rollout) Apply(e Event, now time.Time) []Order {
	orders := e.apply(r, now)
	return append(orders, r.step(now)...)
}

func (e Heard) apply(r *Rollout, now time.Time) []Order {
	m := r.member(e.Station)
	switch {
	case m == nil || m.Outcome == Gone:
		return nil
	case m.Outcome == Returning && e.Release == m.From:
		m.become(Returned, m.Reason, now)
	case e.Release == r.Plan.Release && m.Outcome.mayProve():
		m.become(Healthy, "", now)
		if r.broken(m) {
			return m.goBack(ReasonKit, now)
		}
	case e.Failed == r.Plan.Release && (m.Outcome == Sent || m.Outcome == Late):
		m.become(Failed, e.Reason, now)
		return r.gather(m, now)
	}
	return nil
}

func (e Lost) apply(r *Rollout, now time.Time) []Order {
	if m := r.member(e.Station); m != nil && m.Outcome != Gone {
		m.become(Gone, "", now)
	}
	return nil
}

func (Tick) apply(*Rollout, time.Time) []Order { return nil }

func (Pause) apply(r *Rollout, _ time.Time) []Order {
	if r.Phase == Running {
		r.Phase = Paused
	}
	return nil
}

func (Resume) apply(r *Rollout, now time.Time) []Order {
	if r.Phase == Halted {
		r.Forgiven = r.Tally(-1)[Failed]
		r.Proved, r.Passed = time.Time{}, r.Passed || r.Why != TooManyFailed
	}
	if r.Phase == Halted || r.Phase == Paused {
		r.Phase, r.Why = Running, ""
	}
	return nil
}

func (e Abort) apply(r *Rollout, now time.Time) (orders []Order) {
	if r.Phase.Over() && !e.Back {
		return nil
	}
	if !r.Phase.Over() {
		r.Phase, r.Why = Aborted, ""
	}
	for i := range r.Members {
		m := &r.Members[i]
		switch m.Outcome {
		case Waiting:
			m.become(Withdrawn, "", now)
		case Sent, Late:
			m.become(Withdrawn, "", now)
			orders = append(orders, m.back()...)
		case Healthy:
			if e.Back {
				orders = append(orders, m.goBack(ReasonOrder, now)...)
			}
		}
	}
	return orders
}

func (e Again) apply(r *Rollout, now time.Time) (orders []Order) {
	failed := r.member(e.Station)
	if failed == nil || failed.Outcome != Failed || r.Phase == Aborted {
		return nil
	}
	for _, m := range r.kit(failed) {
		if m.Outcome == Failed || m.Reason == ReasonKit {
			m.become(Sent, "", now)
			orders = append(orders, Order{m.Station, r.Plan.Release})
		}
	}
	return orders
}

func (e Back) apply(r *Rollout, now time.Time) (orders []Order) {
	if e == (Back{}) {
		return nil
	}
	for i := range r.Members {
		m := &r.Members[i]
		if (e.Kit == "" || m.Kit == e.Kit) && (e.Place == "" || m.Place == e.Place) {
			orders = append(orders, m.leave(ReasonOrder, now)...)
		}
	}
	return orders
}

// mayProve reports whether a station's word that it is healthy is news.
func (o Outcome) mayProve() bool { return o == Waiting || o == Sent || o == Late || o == Failed }

// gather brings the stations of a kit back, because one of them failed. A
// station without a kit keeps its order, and tries again when it may.
func (r *Rollout) gather(failed *Member, now time.Time) []Order {
	if failed.Kit == "" {
		return nil
	}
	orders := failed.back()
	for _, m := range r.kit(failed) {
		if m != failed {
			orders = append(orders, m.leave(ReasonKit, now)...)
		}
	}
	return orders
}

// broken reports whether another station of the kit failed.
func (r *Rollout) broken(m *Member) bool {
	return slices.ContainsFunc(r.kit(m), func(o *Member) bool { return o != m && o.Outcome == Failed })
}

// kit returns the members of a member's kit; without one, it alone.
func (r *Rollout) kit(m *Member) (kit []*Member) {
	if m.Kit == "" {
		return []*Member{m}
	}
	wave := r.wave(m.Wave)
	for i := range wave {
		if wave[i].Kit == m.Kit {
			kit = append(kit, &wave[i])
		}
	}
	return kit
}

// leave takes the release from a station, whether it runs it or was only asked.
func (m *Member) leave(reason string, now time.Time) []Order {
	switch m.Outcome {
	case Waiting:
		m.become(Withdrawn, reason, now)
	case Sent, Late:
		m.become(Withdrawn, reason, now)
		return m.back()
	case Healthy:
		return m.goBack(reason, now)
	}
	return nil
}

// goBack sends a station that runs the release to what it ran before, if that
// is known and another.
func (m *Member) goBack(reason string, now time.Time) []Order {
	if m.From == "" {
		return nil
	}
	m.become(Returning, reason, now)
	return m.back()
}

func (m *Member) back() []Order { return []Order{{m.Station, m.From}} }

func (m *Member) become(o Outcome, reason string, now time.Time) {
	m.Outcome, m.Reason, m.Since = o, reason, now
}
