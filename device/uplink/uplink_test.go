package uplink_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func TestHelloComesBeforeRecords(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	k.validate(1)
	k.startAgent()
	f.until("records stored", func() bool { return len(f.records) == 1 })
	var kinds []wire.Kind
	for _, m := range f.got[:3] {
		kinds = append(kinds, m.topic.Kind)
	}
	if want := []wire.Kind{wire.KindState, wire.KindHello}; !slices.Equal(kinds[:2], want) {
		t.Errorf("first messages = %v; want %v", kinds[:2], want)
	}
	var h wire.Hello
	if f.mu.Lock(); !f.last(wire.KindHello, &h) || h.Log != k.log || h.Wire != wire.Version || h.Incarnation != 1 {
		t.Errorf("hello = %+v; want log %v", h, k.log)
	}
	f.mu.Unlock()
}

func TestCursorMovesOnlyByAck(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	for n := range pass.Serial(150) {
		k.validate(n + 1)
	}
	k.startAgent()
	f.until("all stored", func() bool { return len(f.records) == 150 })
	k.stopAgent()
	if got := k.cursor(); got.Seq != 0 {
		t.Errorf("cursor without an ack = %d; want 0", got.Seq)
	}
	f.ack()
	k.startAgent()
	k.untilCursor(150)
}

func (k *kit) cursor() wire.LogAck {
	k.t.Helper()
	ack, err := outbox.ReadAck(filepath.Join(k.dir, uplink.StateFile))
	must(k.t, err)
	return outbox.Acked(ack, k.log)
}

// untilCursor waits until the agent has taken an ack, telling it again meanwhile.
func (k *kit) untilCursor(seq uint64) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for k.cursor().Seq != seq {
		k.f.ack()
		select {
		case <-ctx.Done():
			k.t.Fatalf("cursor = %d; want %d", k.cursor().Seq, seq)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Whatever the network, the fleet and the agent's process do, everything that
// was appended is in the end stored, once by its key.
func TestEverythingArrivesOnce(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	random := rand.New(rand.NewPCG(1, 2))
	losses := rand.New(rand.NewPCG(3, 4))
	f.lose = func() bool { return losses.IntN(10) == 0 } // acknowledged by a broker, lost behind it
	k.startAgent()
	const total = 400
	for n := range pass.Serial(total) {
		k.validate(n + 1)
		switch random.IntN(25) {
		case 0:
			f.cut()
		case 1:
			k.stopAgent()
			k.startAgent()
		case 2, 3, 4:
			f.ack()
			f.ack()
		}
	}
	k.untilCursor(total)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.records) != total {
		t.Errorf("fleet stores %d records; want %d", len(f.records), total)
	}
}

func TestRestoredFleetGetsAgainWhatIsKept(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	for n := range pass.Serial(100) {
		k.validate(n + 1)
	}
	k.startAgent()
	k.untilCursor(100)
	f.mu.Lock()
	f.epoch = "e2"
	for at := range f.records {
		if at.Seq > 40 {
			delete(f.records, at)
		}
	}
	f.mu.Unlock()
	f.ack()
	f.until("sent again", func() bool { return len(f.records) == 100 })
	k.untilCursor(100)
	if ack, _ := outbox.ReadAck(filepath.Join(k.dir, uplink.StateFile)); ack.Epoch != "e2" {
		t.Errorf("epoch kept = %q; want e2", ack.Epoch)
	}
}

func TestLogSetAsideIsStillSent(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	for n := range pass.Serial(30) {
		k.validate(n + 1)
	}
	old := k.log
	must(t, k.box.Close())
	k.w.LedgerKey = k.w.LedgerKey[:0:0]
	k.w.LedgerKey = append(k.w.LedgerKey, newKey(t)...)
	k.open()
	k.validate(1000)
	f.ack()
	k.startAgent()
	f.until("both logs stored", func() bool {
		_, last := f.records[pass.Position{Log: old, Seq: 30}]
		_, first := f.records[pass.Position{Log: k.log, Seq: 1}]
		return last && first && len(f.records) == 31
	})
	var h wire.Hello
	f.until("hello", func() bool { return f.last(wire.KindHello, &h) })
	if h.Log != k.log || !slices.Contains(h.Aside, old) {
		t.Errorf("hello names %v, aside %v; want %v, %v", h.Log, h.Aside, k.log, old)
	}
}

func TestClosedCountersAreSent(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	ctx := context.Background()
	key := wire.Counter{Period: "2026-03-12/am", Clock: pass.ClockMediator, Place: "p", Name: wire.CountLessons, Lesson: "souris", Outcome: "started"}
	must(t, k.box.Count(ctx, key, 3))
	k.startAgent()
	f.until("hello", func() bool { var h wire.Hello; return f.last(wire.KindHello, &h) })
	_, err := k.box.ClosePeriods(ctx)
	must(t, err)
	f.until("counter stored", func() bool { return f.counters["2026-03-12/amlessonssourisstarted"] == 3 })
}

func TestDesiredState(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	desired := func(version uint64) *wire.Desired {
		return &wire.Desired{Version: version, Role: wire.RoleMediator, Mode: wire.ModeWorkshop, Label: "Poste 1"}
	}
	f.tell(wire.KindDesired, desired(7))
	k.startAgent()
	reported := func(version uint64, refused ...string) func() bool {
		return func() bool {
			var r wire.Reported
			return f.last(wire.KindReported, &r) && r.Version == version && slices.Equal(r.Refused, refused)
		}
	}
	f.until("version 7 reported", reported(7))
	f.tell(wire.KindDesired, desired(3))
	f.until("older version refused", reported(7, uplink.RefusedOldDesired))
	f.send(wire.KindDesired, []byte(`{"version":9,"role":"king"}`))
	f.until("malformed refused", reported(7, uplink.RefusedOldDesired, uplink.RefusedMalformed))
	f.tell(wire.KindDesired, desired(8))
	f.until("version 8 reported", reported(8))
	k.stopAgent()

	var kept wire.Desired
	b, err := os.ReadFile(filepath.Join(k.dir, uplink.DesiredFile))
	must(t, err)
	must(t, json.Unmarshal(b, &kept))
	if kept.Version != 8 || kept.Label != "Poste 1" {
		t.Errorf("desired on the disk = %+v; want version 8", kept)
	}
}

func TestJobs(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	k.startAgent()
	progress := func(id, status string) func() bool {
		return func() bool {
			var p wire.Progress
			return f.last(wire.KindProgress, &p) && p.ID == id && p.Status == status
		}
	}
	f.until("hello", func() bool { var h wire.Hello; return f.last(wire.KindHello, &h) })
	f.tell(wire.KindJob, &wire.Job{ID: "j1", Kind: wire.JobIdentify, Expires: now.Add(time.Hour)})
	f.tell(wire.KindTime, &wire.Time{Now: now}) // held until somebody knows the time
	f.until("done", progress("j1", "done"))
	if j := <-k.jobs; j.ID != "j1" {
		t.Errorf("carried out %q; want j1", j.ID)
	}
	k.stopAgent()
	k.startAgent() // the retained order comes again
	f.until("repeated", progress("j1", "repeated"))
	f.tell(wire.KindJob, &wire.Job{ID: "j2", Kind: wire.JobIdentify, Expires: now.Add(-time.Hour)})
	f.until("expired", progress("j2", "expired"))
	f.tell(wire.KindJob, &wire.Job{ID: "j3", Kind: "reboot-now", Expires: now.Add(time.Hour)})
	f.until("unknown", progress("j3", "unknown"))
	if len(k.jobs) != 0 {
		t.Errorf("%d orders carried out again", len(k.jobs))
	}
}

// The office would otherwise read for a quarter of an hour that nobody told the
// station the time.
func TestATimeThatCameIsToldAtOnce(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	k.tune = func(c *uplink.Config) {
		c.Telemetry = func(context.Context) wire.Telemetry {
			_, q := k.clock.Now()
			return wire.Telemetry{Clock: q}
		}
	}
	told := func(q pass.Quality) func() bool {
		return func() bool {
			var sample wire.Telemetry
			return f.last(wire.KindTelemetry, &sample) && sample.Clock == q
		}
	}
	k.startAgent()
	f.until("sample without a clock", told(pass.ClockUnset))
	f.tell(wire.KindTime, &wire.Time{Now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)})
	f.until("sample with a clock", told(pass.ClockNTP))
}

func TestImplausibleTimeIsRefused(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	k.startAgent()
	f.tell(wire.KindTime, &wire.Time{Now: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)})
	f.until("refusal reported", func() bool {
		var r wire.Reported
		return f.last(wire.KindReported, &r) && slices.Contains(r.Refused, uplink.RefusedTime)
	})
}

func TestHostilePayloadsChangeNothing(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	k.validate(1)
	ahead := wire.Ack{Epoch: f.epoch, Logs: []wire.LogAck{{Log: k.log, Seq: 1 << 40}}}
	f.tell(wire.KindAck, &ahead)
	for _, kind := range []wire.Kind{wire.KindJob, wire.KindTime, wire.KindDesired} {
		f.send(kind, []byte(`{"id":"../../x","exp":"never","version":-1}`))
	}
	must(t, f.broker.Publish("kit/1/"+string(tenant)+"/"+string(station)+"/d/surprise", []byte("{}"), true, 1))
	k.startAgent()
	f.until("refusals reported", func() bool {
		var r wire.Reported
		return f.last(wire.KindReported, &r) && slices.Contains(r.Refused, uplink.RefusedAckAhead) && slices.Contains(r.Refused, uplink.RefusedMalformed)
	})
	f.until("the record came", func() bool { return len(f.records) == 1 })
	if got := k.cursor(); got.Seq != 0 {
		t.Errorf("cursor = %d; want 0: the ack was a lie", got.Seq)
	}
	k.untilCursor(1)
}

func TestSessionsRiseAndWillNamesItsOwn(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	var last uint64
	for range 3 {
		k.startAgent()
		var s wire.State
		f.until("a newer session", func() bool { return f.last(wire.KindState, &s) && s.Online && s.Session > last })
		last = s.Session
		k.stopAgent()
		f.until("said goodbye", func() bool { return f.last(wire.KindState, &s) && !s.Online && s.Session == last })
	}
	if f.mu.Lock(); !f.got[0].retain {
		t.Error("state is not retained; want retained")
	}
	f.mu.Unlock()
}
