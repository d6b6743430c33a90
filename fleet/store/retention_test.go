package store_test

import (
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func TestOldUsageIsForgotten(t *testing.T) {
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	s := create(t, store.WithNow(func() time.Time { return now }))
	furnishTwo(t, s)
	var sent []wire.Counter
	for i, period := range []string{"2024-01-31/pm", "2024-02-01/am", "2026-03-11/am"} {
		sent = append(sent, wire.Counter{Period: period, Place: "nord", Name: wire.CountSessions, Outcome: "ended", Value: 1, Rev: uint64(i + 1)})
	}
	must(t)(nil, s.AddCounters(t.Context(), "demo", north, 1, wire.Counters{Log: pass.LogID{1}, Counters: sent}))
	must(t)(nil, s.ForgetUsage(t.Context(), now.AddDate(0, -25, 0)))
	got, err := s.UsageCounts(t.Context(), "demo", report.Scope{}, "2000-01-01", "2100-01-01")
	if err != nil || len(got) != 2 || got[0].Period != "2024-02-01/am" {
		t.Errorf("UsageCounts after 25 months = %v, %v; want two, from February 2024", got, err)
	}
}
