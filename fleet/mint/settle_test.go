package mint_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
)

var market = time.Date(2026, 3, 12, 10, 2, 0, 0, time.UTC)

// validated is a validation with a set clock and the paper kept.
func validated(station string, seq uint64, after time.Duration) mint.Event {
	return mint.Event{
		Station: station, At: pass.Position{Log: pass.LogID{1}, Seq: seq},
		Wall: market.Add(after), Clock: pass.ClockMediator, PaperKept: true,
	}
}

func with(e mint.Event, change func(*mint.Event)) mint.Event {
	change(&e)
	return e
}

func cancelling(e mint.Event, seq uint64) mint.Event {
	target := e.At
	return mint.Event{Station: e.Station, At: pass.Position{Log: e.At.Log, Seq: seq}, Wall: e.Wall, Clock: e.Clock, Cancels: &target}
}

func TestSettle(t *testing.T) {
	k1, k2 := validated("k1", 1, 0), validated("k2", 7, 5*time.Hour+38*time.Minute)
	paid := with(k2, func(e *mint.Event) { e.Statement = 12 })
	tests := []struct {
		name   string
		events []mint.Event
		want   string
	}{
		{"alone", []mint.Event{k1}, "[{provisoire }]"},
		{"same pass in two places, earlier first", []mint.Event{k1, k2}, "[{provisoire contested} {conflit twice}]"},
		{"same pass in two places, later first", []mint.Event{k2, k1}, "[{conflit twice} {provisoire contested}]"},
		{"the same record again", []mint.Event{k1, k1}, "[{provisoire } {provisoire }]"},
		{"paper kept counts before time", []mint.Event{with(k1, func(e *mint.Event) { e.PaperKept = false }), k2}, "[{conflit twice} {provisoire contested}]"},
		{"a set clock counts before time", []mint.Event{with(k1, func(e *mint.Event) { e.Clock, e.Wall = pass.ClockUnset, time.Time{} }), k2}, "[{conflit twice} {provisoire contested}]"},
		{"how the clock was set does not count", []mint.Event{k1, with(k2, func(e *mint.Event) { e.Clock = pass.ClockNTP })}, "[{provisoire contested} {conflit twice}]"},
		{"same time, by station", []mint.Event{validated("k3", 1, 0), k1}, "[{conflit twice} {provisoire contested}]"},
		{"cancelled", []mint.Event{k1, cancelling(k1, 2)}, "[{annule } {annule }]"},
		{"cancellation first", []mint.Event{cancelling(k1, 2), k1}, "[{annule } {annule }]"},
		{"cancelled, and validated elsewhere", []mint.Event{k1, cancelling(k1, 2), k2}, "[{annule } {annule } {provisoire }]"},
		{"cancellation by another station", []mint.Event{k1, with(cancelling(k1, 9), func(e *mint.Event) { e.Station = "k2" })}, "[{provisoire } {recu unknown_target}]"},
		{"cancellation of nothing", []mint.Event{cancelling(k1, 2)}, "[{recu unknown_target}]"},
		{"late record after payment", []mint.Event{k1, paid}, "[{late_conflict already_paid} {regle }]"},
		{"late cancellation of what was paid", []mint.Event{paid, cancelling(paid, 9)}, "[{regle } {late_conflict already_paid}]"},
		{"rejected leaves the place to the other", []mint.Event{with(k1, func(e *mint.Event) { e.Reject = "not_qualified" }), k2}, "[{rejete not_qualified} {provisoire }]"},
		{"a person pays both", []mint.Event{k1, with(k2, func(e *mint.Event) { e.Decision = mint.Pay })}, "[{provisoire } {provisoire }]"},
		{"a person refuses the winner", []mint.Event{with(k1, func(e *mint.Event) { e.Decision = mint.Refuse }), k2}, "[{rejete refused} {provisoire }]"},
		{"a person pays what the rule rejects", []mint.Event{with(k1, func(e *mint.Event) { e.Reject, e.Decision = "not_qualified", mint.Pay })}, "[{provisoire }]"},
		{"a person pays a late one", []mint.Event{with(k1, func(e *mint.Event) { e.Decision = mint.Pay }), paid}, "[{provisoire } {regle }]"},
		{"nothing", nil, "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(mint.Settle(tt.events)); got != tt.want {
				t.Errorf("Settle = %s; want %s", got, tt.want)
			}
		})
	}
}

// Whatever order a pass's events arrive in and however often they are
// repeated, the outcome of each is the same, and one pass is owed once.
func TestSettleIgnoresOrderAndReplays(t *testing.T) {
	const rounds, orders = 500, 8
	r := rand.New(rand.NewPCG(3, 12))
	for round := range rounds {
		events := randomEvents(r)
		want := byPlace(events, mint.Settle(events))
		checkOwedOnce(t, round, events, mint.Settle(events))
		for range orders {
			shuffled := replay(r, events)
			got := byPlace(shuffled, mint.Settle(shuffled))
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("round %d: Settle = %v; want %v", round, got, want)
			}
		}
	}
}

func randomEvents(r *rand.Rand) []mint.Event {
	var events []mint.Event
	for seq := range uint64(1 + r.IntN(6)) {
		e := validated(fmt.Sprint("k", r.IntN(3)), 10*seq+1, time.Duration(r.IntN(4))*time.Hour)
		e.At.Log[0] = byte(r.IntN(2))
		e.PaperKept = r.IntN(2) == 0
		if r.IntN(3) == 0 {
			e.Clock, e.Wall = pass.ClockUnset, time.Time{}
		}
		if r.IntN(6) == 0 {
			e.Reject = "not_qualified"
		}
		events = append(events, e)
		if r.IntN(4) == 0 {
			events = append(events, cancelling(e, e.At.Seq+1))
		}
	}
	if r.IntN(4) == 0 && events[0].Reject == "" {
		events[0].Statement = 3
	}
	return events
}

func replay(r *rand.Rand, events []mint.Event) []mint.Event {
	again := slices.Clone(events)
	for range r.IntN(5) {
		again = append(again, events[r.IntN(len(events))])
	}
	r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
	return again
}

func byPlace(events []mint.Event, outcomes []mint.Outcome) map[string]mint.Outcome {
	m := map[string]mint.Outcome{}
	for i, e := range events {
		m[fmt.Sprint(e.Station, e.At)] = outcomes[i]
	}
	return m
}

func checkOwedOnce(t *testing.T, round int, events []mint.Event, outcomes []mint.Outcome) {
	t.Helper()
	owed, live := 0, 0
	for i, o := range outcomes {
		switch {
		case events[i].Cancels != nil:
		case o.State == mint.Provisional || o.State == mint.Settled:
			owed++
			live++
		case o.State == mint.Conflict || o.State == mint.Late:
			live++
		}
	}
	if want := min(live, 1); owed != want {
		t.Fatalf("round %d: %d validations owed of %d; want %d", round, owed, live, want)
	}
}
