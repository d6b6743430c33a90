package outbox_test

import (
	"context"
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func lessons(period, lesson string) wire.Counter {
	return wire.Counter{Period: period, Clock: pass.ClockMediator, Place: "mediatheque", Name: wire.CountLessons, Lesson: lesson, Outcome: "started"}
}

func changed(t testing.TB, path string, rev uint64) []wire.Counter {
	t.Helper()
	r, err := outbox.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	list, err := r.ChangedCounters(context.Background(), rev, 100)
	if err != nil {
		t.Fatalf("ChangedCounters = %v", err)
	}
	return list
}

func values(list []wire.Counter) []uint64 {
	var v []uint64
	for _, c := range list {
		v = append(v, c.Rev, c.Value)
	}
	return v
}

func TestOnlyClosedPeriodsLeave(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	o, _ := b.open(t, path)
	count := func(period string, delta uint64) {
		t.Helper()
		if err := o.Count(ctx, lessons(period, "souris"), delta); err != nil {
			t.Fatal(err)
		}
	}
	closePeriods := func(open ...string) {
		t.Helper()
		if _, err := o.ClosePeriods(ctx, open...); err != nil {
			t.Fatal(err)
		}
	}
	count("2026-03-12/am", 2)
	count("2026-03-12/am", 1)
	if got := changed(t, path, 0); len(got) != 0 {
		t.Errorf("open period left: %v", values(got))
	}
	closePeriods("2026-03-12/pm")
	if got, want := values(changed(t, path, 0)), []uint64{1, 3}; !slices.Equal(got, want) {
		t.Errorf("closed half-day = %v; want %v (revision, value)", got, want)
	}
	count("2026-03-12/pm", 4)
	count("2026-03-12/am", 5) // somebody comes back to it
	if got := changed(t, path, 0); len(got) != 0 {
		t.Errorf("reopened period left: %v", values(got))
	}
	closePeriods()
	if got, want := values(changed(t, path, 1)), []uint64{2, 8, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("closed day = %v; want %v (revision, value)", got, want)
	}
}

func TestCountersLeavingPassTheProtocolCheck(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	o, report := b.open(t, path)
	key := lessons("", "souris")
	key.Clock = ""
	if err := o.Count(ctx, key, 1); err != nil {
		t.Fatal(err)
	}
	o.ClosePeriods(ctx)
	m := wire.Counters{Log: report.Log, Counters: changed(t, path, 0)}
	if err := m.Check(); err != nil || m.Counters[0].Clock != pass.ClockUnset {
		t.Errorf("Check = %v, clock %q; want nil, %q", err, m.Counters[0].Clock, pass.ClockUnset)
	}
}
