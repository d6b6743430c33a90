package rollout

import (
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

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

func (Pause) apply(r *Rollout, now time.Time) []Order {
	if r.Phase == Running {
		r.Phase, r.Stopped = Paused, now
	}
	return nil
}

func (Resume) apply(r *Rollout, now time.Time) []Order {
	if r.Phase != Halted && r.Phase != Paused {
		return nil
	}
	if r.Phase == Halted {
		r.Forgiven = r.Tally(-1)[Failed]
		r.Proved, r.Passed = time.Time{}, r.Passed || r.Why != TooManyFailed
	}
	// A rate counts the time that the rollout ran, or a pause would end in a rush.
	r.Opened = r.Opened.Add(now.Sub(r.Stopped))
	r.Phase, r.Why, r.Stopped = Running, "", time.Time{}
	return nil
}

func (e Abort) apply(r *Rollout, now time.Time) (orders []Order) {
	if r.Phase.Over() && !e.Back {
		return nil
	}
	if !r.Phase.Over() {
		r.Phase, r.Why, r.Stopped = Aborted, "", time.Time{}
	}
	for i := range r.Members {
		m := &r.Members[i]
		if m.Outcome != Healthy || e.Back {
			orders = append(orders, r.leave(m, ReasonOrder, now)...)
		}
	}
	return orders
}

func (e Again) apply(r *Rollout, now time.Time) (orders []Order) {
	failed := r.member(e.Station)
	if failed == nil || failed.Outcome != Failed || failed.Taken || r.Phase == Aborted {
		return nil
	}
	for _, m := range r.kit(failed) {
		if !m.Taken && (m.Outcome == Failed || m.Reason == ReasonKit) {
			m.become(Sent, "", now)
			orders = append(orders, r.want(m, r.Plan.Release))
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
			orders = append(orders, r.leave(m, ReasonOrder, now)...)
		}
	}
	return orders
}
