package mint_test

import (
	"errors"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/report"
)

// states returns what became of each validation, by station.
func (b *bench) states() map[string]string {
	b.t.Helper()
	if err := b.SettleAll(b.t.Context()); err != nil {
		b.t.Fatalf("SettleAll: %v", err)
	}
	lines, _, err := b.store.Lines(b.t.Context(), tenant, report.LineQuery{Limit: 100})
	if err != nil {
		b.t.Fatalf("Lines: %v", err)
	}
	m := map[string]string{}
	for _, l := range lines {
		m[string(l.Station)] = l.State
	}
	return m
}

func (b *bench) close(by pass.Structure, year int, month time.Month) mint.Statement {
	b.t.Helper()
	s, err := b.CloseMonth(b.t.Context(), tenant, by, year, month)
	if err != nil {
		b.t.Fatalf("CloseMonth(%d): %v", by, err)
	}
	return s
}

// The same pass in two places, both offline: one is owed, the month is paid
// once, a late record changes nothing.
func TestOnePassInTwoPlaces(t *testing.T) {
	for _, order := range []string{"K1 first", "K2 first"} {
		t.Run(order, func(t *testing.T) {
			b := newBench(t)
			m := b.batch(nil).Manifest
			at1 := b.validation(k1, 4, m, 5, market)
			at2 := b.validation(k2, 5, m, 5, market.Add(5*time.Hour))
			if order == "K2 first" {
				at1, at2 = at2, at1
			}
			b.believe(at1)
			b.states()
			b.believe(at2, at1)
			if got := b.states(); got[string(k1)] != "provisoire" || got[string(k2)] != "conflit" {
				t.Fatalf("states = %v; want K1 provisoire, K2 conflit", got)
			}
			b.now = time.Date(2026, 4, 2, 9, 0, 0, 0, time.UTC)
			if s := b.close(4, 2026, time.March); s.Number != 1 || s.Total() != 1000 || s.Period != "2026-03" {
				t.Errorf("statement = %+v; want number 1 of 10 euros", s)
			}
			if _, err := b.CloseMonth(t.Context(), tenant, 5, 2026, time.March); !errors.Is(err, mint.ErrNothingOwed) {
				t.Errorf("CloseMonth of the other = %v; want ErrNothingOwed", err)
			}
			late := b.validation("scccccccccccccccc", 5, m, 5, market.Add(-time.Hour))
			late.Received = b.now
			b.believe(late)
			if got := b.states(); got[string(k1)] != "regle" || got[string(k2)] != "late_conflict" || got["scccccccccccccccc"] != "late_conflict" {
				t.Errorf("states after a late record = %v; want K1 regle, the others late_conflict", got)
			}
		})
	}
}

func TestCancellationBeforeAndAfterPayment(t *testing.T) {
	b := newBench(t)
	m := b.batch(nil).Manifest
	mistake, kept := b.validation(k1, 4, m, 5, market), b.validation(k1, 4, m, 6, market)
	b.believe(mistake, kept, b.cancellation(mistake))
	b.now = time.Date(2026, 4, 2, 9, 0, 0, 0, time.UTC)
	s := b.close(4, 2026, time.March)
	if len(s.Lines) != 1 || s.Lines[0].Passes != 1 {
		t.Errorf("statement = %+v; want one pass", s)
	}
	b.publish()
	if l := b.statuses(mint.Batch{Manifest: m}); l.Get(5) != pass.Valid || l.Get(6) != pass.Redeemed {
		t.Errorf("cancelled, kept = %d, %d; want valid, redeemed", l.Get(5), l.Get(6))
	}
	b.believe(b.cancellation(kept))
	b.publish()
	if l := b.statuses(mint.Batch{Manifest: m}); l.Get(6) != pass.Redeemed {
		t.Error("cancellation after payment took the pass back")
	}
	if got := must(b.Statements(t.Context(), tenant)); len(got) != 1 || got[0].Total() != 1000 || must(b.Statement(t.Context(), tenant, 1)).Number != 1 {
		t.Errorf("statements = %+v; want the one that was made", got)
	}
}

func TestWhatCannotBePaid(t *testing.T) {
	tests := []struct {
		name   string
		change func(m *pass.Manifest, by *pass.Structure, at *time.Time, serial *pass.Serial)
		want   string
	}{
		{"in order", func(*pass.Manifest, *pass.Structure, *time.Time, *pass.Serial) {}, "provisoire"},
		{"tolerated day", func(_ *pass.Manifest, _ *pass.Structure, at *time.Time, _ *pass.Serial) {
			*at = time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
		}, "provisoire"},
		{"day after", func(_ *pass.Manifest, _ *pass.Structure, at *time.Time, _ *pass.Serial) {
			*at = time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)
		}, "rejete"},
		{"structure not qualified", func(_ *pass.Manifest, by *pass.Structure, _ *time.Time, _ *pass.Serial) { *by = 9 }, "rejete"},
		{"unknown batch", func(m *pass.Manifest, _ *pass.Structure, _ *time.Time, _ *pass.Serial) { m.Batch = 99 }, "rejete"},
		{"serial of no batch", func(_ *pass.Manifest, _ *pass.Structure, _ *time.Time, s *pass.Serial) { *s = 9999 }, "rejete"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			m, by, at, serial := b.batch(nil).Manifest, pass.Structure(4), market, pass.Serial(5)
			tt.change(&m, &by, &at, &serial)
			b.believe(b.validation(k1, by, m, serial, at))
			if got := b.states()[string(k1)]; got != tt.want {
				t.Errorf("state = %s; want %s", got, tt.want)
			}
		})
	}
}

// A record that reached the fleet too late is not paid, whenever it was made.
func TestLapsed(t *testing.T) {
	b := newBench(t)
	v := b.validation(k1, 4, b.batch(nil).Manifest, 5, market)
	v.Received = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	b.believe(v)
	if got := b.states()[string(k1)]; got != "rejete" {
		t.Errorf("state = %s; want rejete", got)
	}
}

// Qualifying a structure afterwards, or a person's decision, opens what the
// rule had rejected.
func TestRejectedIsLookedAtAgain(t *testing.T) {
	b := newBench(t)
	m := b.batch(nil).Manifest
	v, w := b.validation(k1, 9, m, 5, market), b.validation(k2, 8, m, 6, market)
	b.believe(v, w)
	if got := b.states(); got[string(k1)] != "rejete" || got[string(k2)] != "rejete" {
		t.Fatalf("states = %v; want rejete", got)
	}
	if err := b.Qualify(t.Context(), tenant, m.Issuer, m.Batch, []pass.Qualification{{Structure: 9, From: 2000, Until: 3000}}); err != nil {
		t.Fatal(err)
	}
	if err := b.Decide(t.Context(), tenant, k2, w.Record.At, mint.Pay); err != nil {
		t.Fatal(err)
	}
	if got := b.states(); got[string(k1)] != "provisoire" || got[string(k2)] != "provisoire" {
		t.Errorf("states = %v; want provisoire", got)
	}
	if err := b.Decide(t.Context(), tenant, k2, pass.Position{Log: pass.LogID{9}, Seq: 1}, mint.Pay); !errors.Is(err, mint.ErrUnknown) {
		t.Errorf("Decide about nothing = %v; want ErrUnknown", err)
	}
	if err := b.Decide(t.Context(), tenant, k2, w.Record.At, "maybe"); !errors.Is(err, mint.ErrInvalid) {
		t.Errorf(`Decide("maybe") = %v; want ErrInvalid`, err)
	}
}

func TestCloseMonthRefuses(t *testing.T) {
	b := newBench(t)
	if _, err := b.CloseMonth(t.Context(), tenant, 4, 2026, time.March); !errors.Is(err, mint.ErrInvalid) {
		t.Errorf("CloseMonth before its end = %v; want ErrInvalid", err)
	}
	if _, err := b.CloseMonth(t.Context(), tenant, 4, 2026, time.February); !errors.Is(err, mint.ErrNothingOwed) {
		t.Errorf("CloseMonth of nothing = %v; want ErrNothingOwed", err)
	}
	if _, err := b.Statement(t.Context(), tenant, 7); !errors.Is(err, mint.ErrUnknown) {
		t.Errorf("Statement(7) = %v; want ErrUnknown", err)
	}
}

// Statements are numbered without a gap, whoever is paid.
func TestStatementsAreNumbered(t *testing.T) {
	b := newBench(t)
	m := b.batch(func(o *mint.Order) { o.Specimen = true }).Manifest
	real := b.batch(nil).Manifest
	b.believe(b.validation(k1, 4, m, 1, market), b.validation(k1, 4, real, real.First, market), b.validation(k2, 5, real, real.First+1, market))
	b.now = time.Date(2026, 4, 2, 9, 0, 0, 0, time.UTC)
	four := b.close(4, 2026, time.March)
	if four.Number != 1 || len(four.Lines) != 2 || four.Total() != 1000 {
		t.Errorf("statement = %+v; want 1, two lines, the specimen worth nothing", four)
	}
	if five := b.close(5, 2026, time.March); five.Number != 2 || five.Total() != 1000 {
		t.Errorf("statement = %+v; want 2, 10 euros", five)
	}
}
