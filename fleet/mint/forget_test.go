package mint_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/report"
)

// known returns the stations of what is validated and its states, as sorted
// "station state" lines.
func (b *bench) known() []string {
	b.t.Helper()
	lines, _, err := b.store.Lines(b.t.Context(), tenant, report.LineQuery{Limit: 100})
	if err != nil {
		b.t.Fatalf("Lines: %v", err)
	}
	var out []string
	for _, l := range lines {
		out = append(out, string(l.Station)+" "+l.State)
	}
	slices.Sort(out)
	return out
}

// Thirteen months after its statement a validation has no station, is worth
// what it was worth, and a late copy of its pass is still found out.
func TestOldValidationsLoseTheirStation(t *testing.T) {
	b := newBench(t)
	m := b.batch(nil).Manifest
	mistake := b.validation(k1, 4, m, 5, market)
	owed := b.validation(k2, 5, m, 7, market)
	b.believe(mistake, b.validation(k1, 4, m, 6, market), b.cancellation(mistake), owed)
	b.states()
	b.now = time.Date(2026, 4, 2, 9, 0, 0, 0, time.UTC)
	b.close(4, 2026, time.March) // structure 5 never asks for its money
	b.states()
	closed := b.now

	forget := func(before time.Time, want int) {
		t.Helper()
		if n, err := b.store.ForgetStations(t.Context(), before, 10); n != want || err != nil {
			t.Errorf("ForgetStations(%v) = %d, %v; want %d", before, n, err, want)
		}
	}
	forget(market, 0)
	forget(closed, 1)                // the cancelled one was never paid
	forget(closed.Add(time.Hour), 1) // the statement is older now
	forget(closed.Add(time.Hour), 0)
	want := []string{" annule", " regle", string(k2) + " provisoire"}
	if got := b.known(); !slices.Equal(got, want) {
		t.Errorf("validations = %q; want %q", got, want)
	}
	late := b.validation("scccccccccccccccc", 5, m, 6, market.Add(-time.Hour))
	late.Received = b.now
	b.believe(late)
	if got := b.states()["scccccccccccccccc"]; got != string(mint.Late) {
		t.Errorf("a late copy of a pass that was paid = %q; want %q", got, mint.Late)
	}
	b.publish()
	if l := b.statuses(mint.Batch{Manifest: m}); l.Get(5) != pass.Valid || l.Get(6) != pass.Redeemed {
		t.Errorf("cancelled, paid = %d, %d; want valid, redeemed", l.Get(5), l.Get(6))
	}
}
