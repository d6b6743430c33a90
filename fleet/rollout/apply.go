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

// Heard is what a station says of a release: it runs it and has proved it, or
// it tried and came back, for a reason.
type Heard struct {
	Station wire.Station
	Release string // that it runs, proved; "" while it has not
	Failed  string // a release that it tried and left
	Go      string // the attempt that failed
	Reason  wire.Reason
}

// Lost takes a station out: it was lost or wiped.
type Lost struct{ Station wire.Station }

// Taken takes a station out: another rollout asks it from now on.
type Taken struct{ Station wire.Station }

// Tick is time going by.
type Tick struct{}

// Apply changes the rollout by an event and returns the orders that follow.
// An event that changes nothing is harmless, in any order and number.
func (r *Rollout) Apply(e Event, now time.Time) []Order {
	orders := e.apply(r, now)
	return append(orders, r.step(now)...)
}

func (Tick) apply(*Rollout, time.Time) []Order { return nil }

// News reports whether Apply would change anything but the time: most of what
// stations say is known.
func (r *Rollout) News(e Heard) bool {
	m := r.member(e.Station)
	return m != nil && (r.proves(m, e) || r.returned(m, e) || r.fails(m, e) || r.crossed(m, e))
}

func (e Heard) apply(r *Rollout, now time.Time) []Order {
	m := r.member(e.Station)
	switch {
	case m == nil:
	case r.returned(m, e):
		m.become(Returned, m.Reason, now)
	case r.proves(m, e):
		m.become(Healthy, "", now)
		if r.broken(m) {
			return r.goBack(m, ReasonKit, now)
		}
	case r.crossed(m, e):
		m.become(Returning, m.Reason, now)
	case r.fails(m, e) && m.Want != r.Plan.Release:
		m.become(Late, e.Reason, now) // it could not go back; a person must look
	case r.fails(m, e):
		m.become(Failed, e.Reason, now)
		return r.gather(m, now)
	}
	return nil
}

// proves: the station runs the release and was not asked for another since.
func (r *Rollout) proves(m *Member, e Heard) bool {
	waits := m.Outcome == Waiting || m.Outcome == Sent || m.Outcome == Late || m.Outcome == Failed
	return waits && e.Release == r.Plan.Release && (m.Want == r.Plan.Release || m.Outcome == Waiting)
}

// returned: the station was asked back and is.
func (r *Rollout) returned(m *Member, e Heard) bool {
	waits := m.Outcome == Returning || m.Outcome == Late
	return waits && m.Want != "" && m.Want != r.Plan.Release && e.Release == m.Want
}

// crossed: the station got there while the order was taken back.
func (r *Rollout) crossed(m *Member, e Heard) bool {
	return m.Outcome == Withdrawn && e.Release == r.Plan.Release && m.Want != "" && m.Want != r.Plan.Release
}

// fails: the station tried what it is asked for now, in this attempt.
func (r *Rollout) fails(m *Member, e Heard) bool {
	waits := m.Outcome == Sent || m.Outcome == Late && m.Want == r.Plan.Release || m.Outcome == Returning
	return waits && m.Want != "" && e.Failed == m.Want && e.Go == r.attempt(*m)
}

func (e Lost) apply(r *Rollout, now time.Time) []Order {
	m := r.member(e.Station)
	if m == nil || m.Outcome == Gone {
		return nil
	}
	m.become(Gone, "", now)
	m.Want = ""
	return nil
}

func (e Taken) apply(r *Rollout, now time.Time) []Order {
	m := r.member(e.Station)
	if m == nil || m.Outcome == Gone {
		return nil
	}
	m.Want, m.Taken = "", true
	if !m.Outcome.Settled() || m.Outcome == Late {
		m.become(Withdrawn, ReasonOther, now)
	}
	return nil
}

// gather brings the stations of a kit back, because one of them failed. A
// station without a kit keeps its order, and tries again when it may.
func (r *Rollout) gather(failed *Member, now time.Time) []Order {
	if failed.Kit == "" {
		return nil
	}
	orders := []Order{r.want(failed, failed.From)}
	for _, m := range r.kit(failed) {
		if m != failed {
			orders = append(orders, r.leave(m, ReasonKit, now)...)
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
func (r *Rollout) leave(m *Member, reason wire.Reason, now time.Time) []Order {
	asked := m.Want == r.Plan.Release
	switch {
	case m.Taken:
	case m.Outcome == Healthy:
		return r.goBack(m, reason, now)
	case m.Outcome == Waiting, m.Outcome == Sent, m.Outcome == Late && asked:
		m.become(Withdrawn, reason, now)
	}
	if asked && !m.Taken {
		return []Order{r.want(m, m.From)}
	}
	return nil
}

// goBack sends a station that runs the release to what it ran before, if that
// is known and another.
func (r *Rollout) goBack(m *Member, reason wire.Reason, now time.Time) []Order {
	if m.From == "" || m.From == r.Plan.Release {
		return nil
	}
	m.become(Returning, reason, now)
	return []Order{r.want(m, m.From)}
}

// want asks a station for a release, as a new attempt.
func (r *Rollout) want(m *Member, release string) Order {
	m.Want = release
	m.Try++
	return r.Order(*m)
}

func (m *Member) become(o Outcome, reason wire.Reason, now time.Time) {
	m.Outcome, m.Reason, m.Since = o, reason, now
}
