// Package rollout decides when which station is asked to run which release:
// waves that open one after another, wait until their stations have proved
// themselves, and stop by themselves when too many have not.
//
// A [Rollout] is a plain value that events change and that answers with orders;
// who stores it and who sends the orders is not its business. Every wait in it
// has an end: a station that is not heard of is late, a rollout that is not
// finished at its last moment is over, and both say so. A station that comes
// back from a shelf months later is still told what it should run.
//
// It never asks a station for anything but a release, never moves a part of a
// kit for good, and never reads a clock: time comes with each event.
package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Phase is where a rollout is.
type Phase string

// The phases. Done, Aborted and Expired are the end.
const (
	Running Phase = "running"
	Paused  Phase = "paused"  // a person stopped it, and may resume
	Halted  Phase = "halted"  // it stopped itself; Rollout.Why says why
	Done    Phase = "done"    // every station has its outcome
	Aborted Phase = "aborted" // a person gave it up
	Expired Phase = "expired" // its last moment came first
)

// Over reports whether the phase is the end.
func (p Phase) Over() bool { return p == Done || p == Aborted || p == Expired }

// Why a rollout halted, a closed list.
type Why string

// The reasons to halt.
const (
	TooManyFailed Why = "failed" // the failure threshold was reached
	TooFewHealthy Why = "few"    // a wave ended below its success threshold
	NobodyHeard   Why = "silent" // nobody of a wave was heard of
)

// Outcome is what became of a station in a rollout.
type Outcome string

// The outcomes. All but Waiting, Sent and Returning are settled; a station that
// is Late may still become Healthy or Failed.
const (
	Waiting   Outcome = "waiting"   // its wave has not come
	Sent      Outcome = "sent"      // asked, not yet proved
	Healthy   Outcome = "healthy"   // runs the release and has proved it
	Failed    Outcome = "failed"    // tried and came back by itself; the member's Reason says why
	Late      Outcome = "late"      // not heard of in time; it will find its order when it comes
	Withdrawn Outcome = "withdrawn" // not asked any more
	Returning Outcome = "returning" // asked to go back to what it ran before
	Returned  Outcome = "returned"  // runs again what it ran before
	Gone      Outcome = "gone"      // lost or taken out of service
)

// Settled reports whether nothing is waited for any more.
func (o Outcome) Settled() bool { return o != Waiting && o != Sent && o != Returning }

// Reasons of a member that are not its station's own.
const (
	ReasonKit   wire.Reason = "kit"   // it goes back because another of its kit failed
	ReasonOrder wire.Reason = "order" // a person said so
	ReasonOther wire.Reason = "other" // another rollout took the station
)

// Member is one station of a rollout.
type Member struct {
	Station wire.Station
	Kit     string // stations of one kit end on one release
	Place   string
	From    string // the release it ran before, where it goes back to; "" when never heard
	Wave    int    // index in Plan.Waves
	Outcome Outcome
	Reason  wire.Reason // the station's own, or one of the constants here
	Since   time.Time   // of the outcome
	Want    string      // the release that this rollout asks it to run; "": it asks nothing
	Try     int         // rises with every order, so that old news of a station is told from new
	Taken   bool        // another rollout has the station now: this one only remembers
}

// Rollout is a release on its way to stations. It is not safe for concurrent
// use. Its fields are for those who store and show it; only events change it.
type Rollout struct {
	ID      int
	Plan    Plan
	Phase   Phase
	Why     Why
	Wave    int       // the wave that is open
	Opened  time.Time // when it was
	Proved  time.Time // since when the wave meets its success threshold; zero: it does not
	Passed  bool      // a person let the wave pass below its threshold
	Stopped time.Time // when it was paused or halted; zero: it runs
	Until   time.Time // the last moment of everything
	Members []Member  // by wave, kits together

	// Forgiven is how many failures a person has looked into.
	Forgiven int

	index map[wire.Station]int
}

// Order asks a station to run a release; an empty one takes back what was
// asked and leaves the station as it is.
type Order struct {
	Station wire.Station
	Release string
	Go      string // the attempt
}

// Order is what a member is asked at present.
func (r *Rollout) Order(m Member) Order {
	return Order{m.Station, m.Want, r.attempt(m)}
}

func (r *Rollout) attempt(m Member) string { return fmt.Sprintf("r%d-%d", r.ID, m.Try) }

// Ordered reports whether an attempt was asked for by the rollout.
func (r *Rollout) Ordered(attempt string) bool {
	return strings.HasPrefix(attempt, fmt.Sprintf("r%d-", r.ID))
}

// Watched reports whether anything a station says or time going by can still
// change the rollout.
func (r *Rollout) Watched() bool {
	return !r.Phase.Over() || slices.ContainsFunc(r.Members, func(m Member) bool {
		return !m.Outcome.Settled() || m.Want != "" && (m.Outcome == Late || m.Outcome == Failed)
	})
}

// member returns the member that a station is, or nil.
func (r *Rollout) member(id wire.Station) *Member {
	if len(r.index) != len(r.Members) {
		r.index = make(map[wire.Station]int, len(r.Members))
		for i := range r.Members {
			r.index[r.Members[i].Station] = i
		}
	}
	i, ok := r.index[id]
	if !ok {
		return nil
	}
	return &r.Members[i]
}

// Tally counts members by outcome; wave -1 counts all waves.
func (r *Rollout) Tally(wave int) map[Outcome]int {
	n := map[Outcome]int{}
	for i := range r.Members {
		if wave < 0 || r.Members[i].Wave == wave {
			n[r.Members[i].Outcome]++
		}
	}
	return n
}

// wave returns the members of a wave; they lie together.
func (r *Rollout) wave(n int) []Member {
	first, _ := slices.BinarySearchFunc(r.Members, n, func(m Member, n int) int { return cmp.Compare(m.Wave, n) })
	last, _ := slices.BinarySearchFunc(r.Members, n+1, func(m Member, n int) int { return cmp.Compare(m.Wave, n) })
	return r.Members[first:last]
}
