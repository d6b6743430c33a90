package mint

import (
	"cmp"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// State is where a validation is on its way to payment.
type State string

// The states of a validation.
const (
	// Received is stored and not yet settled by the rule.
	Received State = "recu"
	// Provisional is to be paid with the next statement.
	Provisional State = "provisoire"
	// Conflict is one of several validations of the same pass, not the one to
	// be paid.
	Conflict State = "conflit"
	// Rejected is not to be paid, for the reason beside it.
	Rejected State = "rejete"
	// Cancelled was taken back by the station before it was paid.
	Cancelled State = "annule"
	// Settled is paid with a numbered statement and never changes again.
	Settled State = "regle"
	// Late arrived after its pass was settled; a person decides.
	Late State = "late_conflict"
)

// Reasons beside a state, a closed list.
const (
	ReasonContested     = "contested"      // provisional, but others validated the same pass
	ReasonTwice         = "twice"          // the pass was validated elsewhere
	ReasonAlreadyPaid   = "already_paid"   // the pass is in an earlier statement
	ReasonRefused       = "refused"        // a person decided so
	ReasonUnknownTarget = "unknown_target" // a cancellation of nothing known

	ReasonUnknownBatch = "unknown_batch" // no batch of ours holds the pass
	ReasonNotQualified = "not_qualified" // the structure may not give this service for this batch
	ReasonTooLate      = "too_late"      // used after the last day, tolerance included
	ReasonLapsed       = "lapsed"        // received after the last day to ask for payment
)

// Decision is what a person decided about a validation in conflict.
type Decision string

// Undecided leaves the rule alone; Pay and Refuse overrule it.
const (
	Undecided Decision = ""
	Pay       Decision = "pay"
	Refuse    Decision = "refuse"
)

// Event is a validation of a pass, or the cancellation of one, as a believed
// record states it.
type Event struct {
	Station   string
	At        pass.Position
	Cancels   *pass.Position // set on a cancellation: the validation of the same station
	Wall      time.Time      // worked out by the fleet; zero when nobody knows
	Clock     pass.Quality
	PaperKept bool
	Reject    string // why it cannot be paid whatever the others are: a closed reason, or ""
	Decision  Decision
	Statement uint64 // number of the statement that paid it, or 0
}

// Outcome is what became of an event.
type Outcome struct {
	State  State
	Reason string
}

// Settle says what became of every event of one pass; outcomes have the order
// of events. It is a pure function of the set: neither the order of arrival
// nor repeated events change anything. What a statement has paid stays paid.
// Otherwise the one to be paid is found by: paper kept, then a clock that was
// set, then the earlier time, then station, log and sequence number.
func Settle(events []Event) []Outcome {
	t := newTrial(events)
	out := make([]Outcome, len(events))
	for i, e := range events {
		out[i] = t.outcome(e)
	}
	return out
}

type place struct {
	station string
	at      pass.Position
}

func (e Event) place() place { return place{e.Station, e.At} }

// trial is what the set of events says as a whole.
type trial struct {
	known     map[place]bool // validations
	cancelled map[place]bool
	paid      map[place]bool
	live      int // distinct validations that could be paid
	winner    place
}

func newTrial(events []Event) trial {
	t := trial{known: map[place]bool{}, cancelled: map[place]bool{}, paid: map[place]bool{}}
	for _, e := range events {
		switch {
		case e.Cancels != nil:
			t.cancelled[place{e.Station, *e.Cancels}] = true
		case e.Statement > 0:
			t.known[e.place()], t.paid[e.place()] = true, true
		default:
			t.known[e.place()] = true
		}
	}
	t.choose(events)
	return t
}

func (t *trial) choose(events []Event) {
	seen := map[place]bool{}
	var best Event
	for _, e := range events {
		if !t.payable(e) || seen[e.place()] {
			continue
		}
		seen[e.place()] = true
		if t.live == 0 || before(e, best) {
			best = e
		}
		t.live++
	}
	t.winner = best.place()
}

// payable reports whether the rule, rather than something stronger, decides.
func (t *trial) payable(e Event) bool {
	return e.Cancels == nil && !t.paid[e.place()] && !t.cancelled[e.place()] && e.Reject == "" && e.Decision == Undecided
}

func (t *trial) outcome(e Event) Outcome {
	switch {
	case e.Cancels != nil:
		return t.cancellation(place{e.Station, *e.Cancels})
	case t.paid[e.place()]:
		return Outcome{State: Settled}
	case t.cancelled[e.place()]:
		return Outcome{State: Cancelled}
	case e.Decision == Refuse:
		return Outcome{Rejected, ReasonRefused}
	case e.Decision == Pay:
		return Outcome{State: Provisional}
	case e.Reject != "":
		return Outcome{Rejected, e.Reject}
	case len(t.paid) > 0:
		return Outcome{Late, ReasonAlreadyPaid}
	case e.place() != t.winner:
		return Outcome{Conflict, ReasonTwice}
	case t.live > 1:
		return Outcome{Provisional, ReasonContested}
	}
	return Outcome{State: Provisional}
}

func (t *trial) cancellation(target place) Outcome {
	switch {
	case t.paid[target]:
		return Outcome{Late, ReasonAlreadyPaid}
	case t.known[target]:
		return Outcome{State: Cancelled}
	}
	return Outcome{Received, ReasonUnknownTarget}
}

// before reports whether a is to be paid rather than b. The order is total on
// distinct places.
func before(a, b Event) bool {
	return cmp.Or(
		first(a.PaperKept, b.PaperKept),
		first(a.timed(), b.timed()),
		a.Wall.Compare(b.Wall),
		cmp.Compare(a.Station, b.Station),
		cmp.Compare(a.At.Log.String(), b.At.Log.String()),
		cmp.Compare(a.At.Seq, b.At.Seq),
	) < 0
}

func (e Event) timed() bool {
	return e.Clock != pass.ClockUnset && e.Clock != "" && !e.Wall.IsZero()
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
