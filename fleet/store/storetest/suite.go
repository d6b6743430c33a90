package storetest

import (
	"crypto/ed25519"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Run checks what every database must promise. open returns a new empty store.
func Run(t *testing.T, open func(*testing.T) *store.Store) {
	tests := []struct {
		name string
		run  func(*testing.T, bench)
	}{
		{"a repeated message is nothing new", repeated},
		{"nothing beyond a gap is acknowledged", gap},
		{"another entry in the same place is kept apart", fork},
		{"counters keep their largest value", counters},
		{"what was counted under two clocks adds up", clocks},
		{"logs of stations and operators stay apart", apart},
		{"belief is stored whole", belief},
		{"a later clock dates earlier records", dating},
		{"a record judged before its boot was dated is dated", datedMeanwhile},
		{"a cancellation may come before its validation", cancelFirst},
		{"a foreign code seen twice is a conflict until one is taken back", foreign},
		{"an order waits until it is over", orders},
		{"quarantine is bounded", bounded},
		{"a rollout comes back as it was", rollouts},
		{"what a station is asked to run is part of its desired state", bases},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			Furnish(t, s)
			test.run(t, newBench(t, s))
		})
	}
}

// bench is a store with one station that has one log.
type bench struct {
	*store.Store
	log    intake.Log
	ledger pass.Ledger
}

func newBench(t *testing.T, s *store.Store) bench {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := bench{Store: s, log: intake.Log{Tenant: Tenant, Station: "saaaabbbbccccdddd", ID: pass.NewLogID()}}
	b.ledger = pass.Ledger{Tenant: string(Tenant), Station: string(b.log.Station), Log: b.log.ID, Key: private}
	Enrol(t, s, b.log.Station, 1, public)
	return b
}

// entries returns n entries of the log.
func (b bench) entries(t *testing.T, n int) []pass.Entry {
	var list []pass.Entry
	l := b.ledger
	for range n {
		e, next, err := l.Next([]byte("sealed"))
		if err != nil {
			t.Fatal(err)
		}
		list, l = append(list, e), next
	}
	return list
}

func (b bench) add(t *testing.T, first uint64, entries ...pass.Entry) {
	t.Helper()
	err := b.AddEvidence(t.Context(), b.log.Tenant, b.log.Station, 1, wire.Records{Log: b.log.ID, First: first, Entries: entries})
	if err != nil {
		t.Fatal(err)
	}
}

func (b bench) wantAck(t *testing.T, seq, rev uint64) {
	t.Helper()
	acks, err := b.Acks(t.Context(), b.log.Tenant, b.log.Station)
	want := []wire.LogAck{{Log: b.log.ID, Seq: seq, Rev: rev}}
	if err != nil || !reflect.DeepEqual(acks, want) {
		t.Errorf("Acks() = %v, %v; want %v", acks, err, want)
	}
}

func repeated(t *testing.T, b bench) {
	e := b.entries(t, 5)
	b.add(t, 1, e[:3]...)
	b.add(t, 1, e[:3]...)
	b.add(t, 2, e[1:]...)
	b.wantAck(t, 5, 0)
	got, err := b.Evidence(t.Context(), b.log, 0, 100)
	if err != nil || len(got) != 5 || got[4].Entry.Line != e[4].Line || got[4].Seq != 5 {
		t.Errorf("Evidence() = %d entries, %v; want the 5 sent", len(got), err)
	}
	if n, err := b.Quarantined(t.Context(), b.log.Tenant, b.log.Station); n != 0 || err != nil {
		t.Errorf("Quarantined() = %d, %v; want 0", n, err)
	}
}

func gap(t *testing.T, b bench) {
	e := b.entries(t, 9)
	b.add(t, 1, e[:2]...)
	b.add(t, 4, e[3:5]...)
	b.add(t, 8, e[7:]...)
	b.wantAck(t, 2, 0)
	if gaps, err := b.LastingGaps(t.Context(), time.Now().Add(time.Hour)); err != nil || len(gaps) != 1 || gaps[0] != b.log {
		t.Errorf("LastingGaps() = %v, %v; want the log", gaps, err)
	}
	b.add(t, 3, e[2])
	b.wantAck(t, 5, 0)
	b.add(t, 6, e[5:7]...)
	b.wantAck(t, 9, 0)
	if gaps, err := b.LastingGaps(t.Context(), time.Now().Add(time.Hour)); err != nil || len(gaps) != 0 {
		t.Errorf("LastingGaps() after the gap closed = %v, %v; want none", gaps, err)
	}
	if alarms, err := b.Alarms(t.Context(), Tenant, false); err != nil || len(alarms) != 0 {
		t.Errorf("Alarms() after the gap closed = %v, %v; want none", alarms, err)
	}
}

func fork(t *testing.T, b bench) {
	mine := b.entries(t, 2)
	other := b
	other.ledger.Head = pass.Hash{}
	theirs, _, err := b.ledger.Next([]byte("something else"))
	if err != nil {
		t.Fatal(err)
	}
	b.add(t, 1, mine...)
	b.add(t, 1, theirs)
	b.add(t, 1, theirs)
	b.wantAck(t, 2, 0)
	if n, err := b.Quarantined(t.Context(), b.log.Tenant, b.log.Station); n != 1 || err != nil {
		t.Errorf("Quarantined() = %d, %v; want 1", n, err)
	}
	alarms, err := b.Alarms(t.Context(), Tenant, false)
	if err != nil || len(alarms) != 1 || alarms[0].Kind != intake.AlarmJournal || alarms[0].Seq != 1 {
		t.Errorf("Alarms() = %v, %v; want one about the journal at 1", alarms, err)
	}
}

func counters(t *testing.T, b bench) {
	for _, c := range []struct{ value, rev uint64 }{{3, 10}, {5, 12}, {4, 11}, {5, 12}} {
		err := b.AddCounters(t.Context(), b.log.Tenant, b.log.Station, 1, wire.Counters{Log: b.log.ID, Counters: []wire.Counter{
			{Period: "2026-03-12/am", Place: "halles", Name: wire.CountSessions, Outcome: "ended", Value: c.value, Rev: c.rev}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	b.wantAck(t, 0, 12)
}

// clocks: the network came back in the middle of a half-day, and with it the time.
func clocks(t *testing.T, b bench) {
	var sent []wire.Counter
	for i, clock := range []pass.Quality{pass.ClockMediator, pass.ClockNTP} {
		sent = append(sent, wire.Counter{Period: "2026-03-12/am", Clock: clock, Place: "halles", Name: wire.CountSessions, Outcome: "ended", Value: 3, Rev: uint64(i + 1)})
	}
	if err := b.AddCounters(t.Context(), b.log.Tenant, b.log.Station, 1, wire.Counters{Log: b.log.ID, Counters: sent}); err != nil {
		t.Fatal(err)
	}
	got, err := b.UsageCounts(t.Context(), b.log.Tenant, report.Scope{}, "2026-03-12", "2026-03-13")
	if err != nil || len(got) != 1 || got[0].Value != 6 {
		t.Errorf("UsageCounts(3 by the mediator's clock, 3 by the network's) = %v, %v; want 6", got, err)
	}
}

func apart(t *testing.T, b bench) {
	other := b
	other.log.ID = pass.NewLogID()
	other.ledger.Log = other.log.ID
	b.add(t, 1, b.entries(t, 2)...)
	other.add(t, 1, other.entries(t, 3)...)
	acks, err := b.Acks(t.Context(), b.log.Tenant, b.log.Station)
	if err != nil || len(acks) != 2 {
		t.Errorf("Acks() = %v, %v; want two logs", acks, err)
	}
	if acks, err := b.Acks(t.Context(), "else", b.log.Station); err != nil || len(acks) != 0 {
		t.Errorf("Acks(another operator) = %v, %v; want none", acks, err)
	}
}

func (b bench) validation(seq uint64, serial pass.Serial) intake.Validation {
	return intake.Validation{Clock: pass.ClockUnset, Record: pass.Record{
		Kind: pass.Validation, At: pass.Position{Log: b.log.ID, Seq: seq}, Stamp: pass.Stamp{Boot: "boot-1", Mono: 5000},
		Pass: &pass.Ref{Assurance: pass.QRSigned, Issuer: 7, Batch: 1, Serial: serial, Key: 1},
	}}
}

func (b bench) cancellation(seq, of uint64) intake.Validation {
	return intake.Validation{Record: pass.Record{Kind: pass.Cancellation, At: pass.Position{Log: b.log.ID, Seq: seq},
		Cancels: &pass.Position{Log: b.log.ID, Seq: of}}}
}

func (b bench) believe(t *testing.T, seq uint64, list ...intake.Validation) {
	t.Helper()
	if err := b.Believe(t.Context(), intake.Belief{Log: b.log, Seq: seq, Hash: pass.Hash{byte(seq)}, Validations: list}); err != nil {
		t.Fatal(err)
	}
}

// settle gives every pass that waits to a rule that only notes what it is shown.
func (b bench) settle(t *testing.T) (seen []pass.Serial, events int) {
	t.Helper()
	_, _, err := b.SettleWaiting(t.Context(), 100, func(_ wire.Tenant, claims []mint.Claim) []mint.Outcome {
		seen = append(seen, claims[0].Serial)
		events += len(claims)
		return make([]mint.Outcome, len(claims))
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(seen)
	return seen, events
}

func (b bench) wantWaiting(t *testing.T, events int, want ...pass.Serial) {
	t.Helper()
	got, n := b.settle(t)
	if !slices.Equal(got, want) || n != events {
		t.Errorf("settlement saw %d passes with %d events; want %d with %d", len(got), n, len(want), events)
	}
}

func belief(t *testing.T, b bench) {
	b.add(t, 1, b.entries(t, 3)...)
	pending, err := b.Unbelieved(t.Context(), 10)
	want := []intake.Pending{{Log: b.log, Acked: 3}}
	if err != nil || !reflect.DeepEqual(pending, want) {
		t.Fatalf("Unbelieved() = %v, %v; want %v", pending, err, want)
	}
	b.believe(t, 2, b.validation(1, 41), b.validation(2, 42))
	b.wantWaiting(t, 2, 41, 42)
	b.believe(t, 3, b.cancellation(3, 1))
	b.wantWaiting(t, 2, 41)
	if pending, err := b.Unbelieved(t.Context(), 10); err != nil || len(pending) != 0 {
		t.Errorf("Unbelieved() at the end = %v, %v; want none", pending, err)
	}
}

func dating(t *testing.T, b bench) {
	b.believe(t, 1, b.validation(1, 41))
	b.wantWaiting(t, 1, 41)
	boots := []wire.BootTime{{Boot: "boot-1", Mono: 1000, Wall: time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC), Clock: pass.ClockMediator}}
	for _, want := range []bool{true, false} {
		if dated, err := b.SaveBoots(t.Context(), b.log.Tenant, b.log.Station, boots); err != nil || dated != want {
			t.Errorf("SaveBoots() = %v, %v; want %v", dated, err, want)
		}
	}
	b.wantWaiting(t, 1, 41)
	got, err := b.Boots(t.Context(), b.log.Tenant, b.log.Station)
	if err != nil || !reflect.DeepEqual(got["boot-1"], boots[0]) {
		t.Errorf("Boots() = %v, %v; want %v", got, err, boots[0])
	}
}

// datedMeanwhile: the boot's time came between the reading of the station's
// boots and the belief that followed from it.
func datedMeanwhile(t *testing.T, b bench) {
	wall := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	boots := []wire.BootTime{{Boot: "boot-1", Mono: 1000, Wall: wall, Clock: pass.ClockMediator}}
	if _, err := b.SaveBoots(t.Context(), b.log.Tenant, b.log.Station, boots); err != nil {
		t.Fatal(err)
	}
	b.believe(t, 1, b.validation(1, 41))
	lines, _, err := b.Lines(t.Context(), b.log.Tenant, report.LineQuery{})
	if err != nil || len(lines) != 1 || !lines[0].Time.Equal(wall.Add(4*time.Second)) {
		t.Errorf("Lines() = %v, %v; want one made at %v", lines, err, wall.Add(4*time.Second))
	}
}

func cancelFirst(t *testing.T, b bench) {
	b.believe(t, 1, b.cancellation(2, 1))
	b.wantWaiting(t, 0)
	b.believe(t, 2, b.validation(1, 41))
	b.wantWaiting(t, 2, 41)
}

func foreign(t *testing.T, b bench) {
	code := func(seq uint64) intake.Validation {
		v := b.validation(seq, 0)
		v.Record.Pass, v.MAC = &pass.Ref{Assurance: pass.ForeignRead}, "mac"
		return v
	}
	states := func() (got []string) {
		lines, _, err := b.Lines(t.Context(), Tenant, report.LineQuery{Foreign: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			got = append(got, string(l.State))
		}
		return got
	}
	steps := []struct {
		add  intake.Validation
		want []string
	}{
		{code(1), []string{"recu"}},
		{code(2), []string{"conflit", "conflit"}},
		{b.cancellation(3, 1), []string{"annule", "recu"}},
		{code(4), []string{"annule", "conflit", "conflit"}},
	}
	for i, step := range steps {
		b.believe(t, uint64(i+1), step.add)
		if got := states(); !slices.Equal(got, step.want) {
			t.Errorf("states after event %d = %v; want %v", i+1, got, step.want)
		}
	}
	b.wantWaiting(t, 0)
}

func orders(t *testing.T, b bench) {
	now := time.Now()
	job := wire.Job{ID: "j1", Kind: wire.JobIdentify, Expires: now.Add(time.Hour).UTC().Truncate(time.Millisecond), Token: "once"}
	if err := b.AddJobs(t.Context(), Tenant, []registry.StationJob{{Station: b.log.Station, Job: job}}, registry.Audit{At: now, Who: "ada", What: "station.order"}); err != nil {
		t.Fatal(err)
	}
	next := func(at time.Time) wire.Job {
		got, err := b.NextJob(t.Context(), Tenant, b.log.Station, at)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := next(now); got != job {
		t.Errorf("NextJob() = %v; want %v", got, job)
	}
	if got := next(now.Add(2 * time.Hour)); got.ID != "" {
		t.Errorf("NextJob() after it expired = %v; want none", got)
	}
	if err := b.SaveProgress(t.Context(), Tenant, b.log.Station, wire.Progress{ID: "j1", Status: "done", Reason: "disk", Receipt: &wire.Receipt{Text: "{}", Sig: make([]byte, 64)}}, now); err != nil {
		t.Fatal(err)
	}
	if got := next(now); got.ID != "" {
		t.Errorf("NextJob() after it was done = %v; want none", got)
	}
	lines, err := b.Jobs(t.Context(), Tenant, registry.JobQuery{Station: b.log.Station, Limit: 10})
	if err != nil || len(lines) != 1 || lines[0].Status != "done" || lines[0].Reason != "disk" || lines[0].Receipt == nil || lines[0].Who != "ada" || lines[0].Job.Token != "" {
		t.Errorf("Jobs() = %+v, %v; want ada's, done, with its receipt and without its token", lines, err)
	}
	late := []registry.StationJob{{Station: b.log.Station, Job: wire.Job{ID: "j0", Kind: wire.JobRestart, Expires: now.Add(time.Hour)}}}
	if err := b.AddJobs(t.Context(), Tenant, late, registry.Audit{At: now}); err != nil {
		t.Fatal(err)
	}
	if err := b.SaveProgress(t.Context(), Tenant, b.log.Station, wire.Progress{ID: "j0", Status: "accepted"}, now); err != nil {
		t.Fatal(err)
	}
	if err := b.AddJobs(t.Context(), Tenant, []registry.StationJob{{Station: b.log.Station, Job: wire.Job{ID: "j9", Kind: wire.JobIdentify, Expires: now.Add(time.Hour)}}}, registry.Audit{At: now}); err != nil {
		t.Fatal(err)
	}
	if got := next(now); got.ID != "j9" {
		t.Errorf("NextJob() while one waits at the station = %v; want the one it does not know", got)
	}
	stranger := []registry.StationJob{{Station: b.log.Station, Job: wire.Job{ID: "j2"}}, {Station: "szzzzzzzzzzzzzzzz", Job: wire.Job{ID: "j2"}}}
	if err := b.AddJobs(t.Context(), Tenant, stranger, registry.Audit{At: now}); !errors.Is(err, registry.ErrUnknown) {
		t.Errorf("AddJobs(one of a stranger) = %v; want %v", err, registry.ErrUnknown)
	}
	if lines, err := b.Jobs(t.Context(), Tenant, registry.JobQuery{Job: "j2", Limit: 10}); err != nil || len(lines) != 0 {
		t.Errorf("Jobs() after that = %+v, %v; want none", lines, err)
	}
}

func bounded(t *testing.T, b bench) {
	var wg sync.WaitGroup
	for i := range 1010 {
		wg.Go(func() {
			err := b.Quarantine(t.Context(), intake.Quarantined{Tenant: Tenant, Station: b.log.Station, Kind: wire.KindState,
				Alarm: intake.AlarmMalformed, Payload: []byte{byte(i), byte(i >> 8)}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, err := b.Quarantined(t.Context(), Tenant, b.log.Station); n != 1000 || err != nil {
		t.Errorf("Quarantined() = %d, %v; want 1000", n, err)
	}
}
