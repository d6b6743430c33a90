package outbox_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// TestUsedPassesSurviveACutWhileSettingAside holds the moment between the
// renames and the new log: the passes used before stay used.
func TestUsedPassesSurviveACutWhileSettingAside(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	o, _ := b.open(t, path)
	kept, freed := mustAppend(t, o, validation(1)), mustAppend(t, o, validation(2))
	mustAppend(t, o, cancellation(freed))
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"", "-wal"} {
		if err := os.Rename(path+part, filepath.Join(filepath.Dir(path), "outbox-0011.aside")+part); err != nil {
			t.Fatal(err)
		}
	}
	o, _ = b.open(t, path)
	use, found, err := o.Used(ctx, passRef(1))
	if want := (outbox.Use{At: kept}); err != nil || !found || use != want {
		t.Errorf("Used(validated before) = %v, %t, %v; want %v", use, found, err, want)
	}
	use, found, err = o.Used(ctx, passRef(2))
	if want := (outbox.Use{At: freed, Cancelled: true}); err != nil || !found || use != want {
		t.Errorf("Used(cancelled before) = %v, %t, %v; want %v", use, found, err, want)
	}
}

// TestAMonthLeavesWhenItIsOver holds that the end of a day does not send the
// month's languages and display modes.
func TestAMonthLeavesWhenItIsOver(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	o, _ := b.open(t, path)
	language := wire.Counter{Period: "2026-03", Name: wire.CountLanguage, Item: "ar", Clock: "ntp"}
	if err := o.Count(ctx, language, 1); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name string
		open []string
		want int
	}{
		{"the mediator ends the day", nil, 0},
		{"a half-day of the month runs", []string{"2026-03-14/am", "2026-03"}, 0},
		{"nobody knows the date", []string{"", ""}, 0},
		{"another month runs", []string{"2026-04-01/am", "2026-04"}, 1},
	}
	for _, s := range steps {
		if _, err := o.ClosePeriods(ctx, s.open...); err != nil {
			t.Fatal(err)
		}
		if got := changed(t, path, 0); len(got) != s.want {
			t.Errorf("%s: %d counters may leave; want %d", s.name, len(got), s.want)
		}
	}
}

// TestUndatedTotalsAreNeverForgotten holds that a period without a date, which
// never ends, goes on from its value however old the last one is.
func TestUndatedTotalsAreNeverForgotten(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	o, report := b.open(t, path)
	count := func(n uint64) {
		t.Helper()
		for _, period := range []string{"", "2026-03-12/am"} {
			if err := o.Count(ctx, lessons(period, "souris"), n); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := o.ClosePeriods(ctx); err != nil {
			t.Fatal(err)
		}
	}
	count(5)
	ack := wire.Ack{Epoch: "e", Logs: []wire.LogAck{{Log: report.Log, Rev: 2}}}
	for _, day := range []int{1, 60} {
		if err := o.Prune(ctx, ack, time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
	}
	if got := changed(t, path, 0); len(got) != 1 || got[0].Period != "" {
		t.Errorf("left after pruning = %v; want the undated one", got)
	}
	if err := o.Count(ctx, lessons("", "souris"), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ClosePeriods(ctx); err != nil {
		t.Fatal(err)
	}
	if got := changed(t, path, 2); len(got) != 1 || got[0].Value != 6 {
		t.Errorf("counted again = %v; want a whole value of 6", values(got))
	}
}

// TestWhatWasCountedAgainLeavesALogSetAside holds that totals reopened after
// their last revision was acknowledged are numbered above it.
func TestWhatWasCountedAgainLeavesALogSetAside(t *testing.T) {
	ctx := context.Background()
	path := newPath(t)
	first, second := newBench(t), newBench(t)
	o, _ := first.open(t, path)
	count := func(period string, n uint64) {
		t.Helper()
		if err := o.Count(ctx, lessons(period, "souris"), n); err != nil {
			t.Fatal(err)
		}
	}
	count("2026-03-12/am", 3)
	count("2026-03-12/pm", 1)
	if _, err := o.ClosePeriods(ctx); err != nil {
		t.Fatal(err)
	}
	count("2026-03-12/pm", 4)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	_, report := second.open(t, path)
	got := changed(t, report.Aside[0].Path, 2)
	if len(got) != 1 || got[0].Value != 5 || got[0].Rev != 3 {
		t.Errorf("after revision 2 the log set aside has %v; want revision 3 with 5", values(got))
	}
}
