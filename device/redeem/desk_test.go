package redeem_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// book is a ledger in memory. It fails when told to, before it writes.
type book struct {
	mu      sync.Mutex
	records []pass.Record
	fail    error
}

func (b *book) Use(_ context.Context, ref pass.Ref) (use redeem.Use, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.records {
		switch {
		case r.Kind == pass.Validation && r.Pass.Foreign == ref.Foreign && r.Pass.Batch == ref.Batch && r.Pass.Serial == ref.Serial:
			use = redeem.Use{At: r.At}
		case r.Kind == pass.Cancellation && *r.Cancels == use.At:
			use.Cancelled = true
		}
	}
	return use, nil
}

func (b *book) Append(_ context.Context, r pass.Record) (pass.Position, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return pass.Position{}, b.fail
	}
	r.Tenant, r.Station = "demo", "s0123456789abcdef"
	r.At = pass.Position{Log: pass.LogID{1}, Seq: uint64(len(b.records) + 1)}
	if err := r.Check(); err != nil {
		return pass.Position{}, err
	}
	b.records = append(b.records, r)
	return r.At, nil
}

func (b *book) Pending(context.Context) (map[redeem.Lot]int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return map[redeem.Lot]int{{Issuer: issuer, Batch: batch}: len(b.records)}, nil
}

// wall is a clock that stands still.
type wall struct {
	at      time.Time
	quality pass.Quality
}

func (c wall) Now() (time.Time, pass.Quality) { return c.at, c.quality }
func (c wall) Floor() time.Time               { return c.at }
func (c wall) Stamp() pass.Stamp {
	s := pass.Stamp{Clock: c.quality, Boot: "boot", Mono: 1}
	if c.quality != pass.ClockUnset {
		s.Wall = c.at
	}
	return s
}

type story struct {
	*redeem.Desk
	t       *testing.T
	world   *world
	book    *book
	setting redeem.Setting
}

func newStory(t *testing.T) *story {
	w, b := newWorld(t), &book{}
	return &story{
		t: t, world: w, book: b,
		Desk: &redeem.Desk{
			Ledger: b, Clock: wall{noon(2026, 3, 12), pass.ClockMediator},
			Trust: func() redeem.Trust { return w }, Log: slog.New(slog.DiscardHandler),
		},
		setting: redeem.Setting{
			Open: true, Passes: true, Role: wire.RoleMediator, Structure: structure, SIRET: "12345678901234",
			Place: "mediatheque", Zone: zone(t, "Europe/Paris"), Service: service, Posture: pass.PostureWith, Card: 9, PaperKept: true,
		},
	}
}

func (s *story) show(text string, want redeem.Kind) redeem.Line {
	s.t.Helper()
	line := s.Show(s.t.Context(), s.setting, text)
	if line.Kind != want {
		s.t.Errorf("Show = %v %v; want %v", line.Kind, line.Why, want)
	}
	return line
}

func (s *story) code(serial pass.Serial) string { return s.world.signed(s.t, serial).Digits() }

func TestTenPassesInARow(t *testing.T) {
	s := newStory(t)
	for i := range 10 {
		s.show(s.code(specimen+pass.Serial(i)), redeem.Accepted)
	}
	if len(s.book.records) != 10 || len(s.Row()) != 10 || s.Row()[0].ID != 10 {
		t.Errorf("row = %d lines, %d records; want 10, 10", len(s.Row()), len(s.book.records))
	}
	r := s.book.records[0]
	if r.Card != 9 || !r.PaperKept || r.Service != service || r.Posture != pass.PostureWith || r.Place != "mediatheque" {
		t.Errorf("record = card %d, paper %v, %s, %s, %s; want the day's", r.Card, r.PaperKept, r.Service, r.Posture, r.Place)
	}
}

func TestTheSamePassTwice(t *testing.T) {
	s := newStory(t)
	s.show(s.code(specimen), redeem.Accepted)
	again := s.show(s.code(specimen), redeem.AlreadyUsed)
	if again.Why != redeem.UsedHere || again.UsedAt.Format("15:04") != "13:00" {
		t.Errorf("second showing = %v at %v; want used here at 13:00", again.Why, again.UsedAt)
	}
	s.show(pass.Number{Series: series, Serial: specimen}.Grouped(), redeem.AlreadyUsed)
	if len(s.book.records) != 1 {
		t.Errorf("records = %d; want 1", len(s.book.records))
	}
}

func TestACancelledPassCanBeUsedAgain(t *testing.T) {
	s := newStory(t)
	first := s.show(s.code(specimen), redeem.Accepted)
	if _, err := s.Cancel(t.Context(), s.setting, first.ID); err != nil {
		t.Fatalf("Cancel = %v", err)
	}
	if _, err := s.Cancel(t.Context(), s.setting, first.ID); !errors.Is(err, redeem.ErrNoLine) {
		t.Errorf("Cancel twice = %v; want ErrNoLine", err)
	}
	s.show(s.code(specimen), redeem.Accepted)
	if got := s.book.records[1]; got.Kind != pass.Cancellation || *got.Cancels != first.Position {
		t.Errorf("second record = %v of %v; want the cancellation of %v", got.Kind, got.Cancels, first.Position)
	}
}

// After a restart the row is empty; showing the pass finds the validation.
func TestCancelAfterARestart(t *testing.T) {
	s := newStory(t)
	s.show(s.code(specimen), redeem.Accepted)
	s.Clear()
	again := s.show(s.code(specimen), redeem.AlreadyUsed)
	if _, err := s.Cancel(t.Context(), s.setting, again.ID); err != nil {
		t.Fatalf("Cancel = %v", err)
	}
	s.show(s.code(specimen), redeem.Accepted)
}

func TestTheMediatorsWord(t *testing.T) {
	s := newStory(t)
	s.world.status.Set(specimen, pass.Suspended)
	line := s.show(s.code(specimen), redeem.NeedsMediator)
	if _, err := s.Confirm(t.Context(), s.setting, line.ID, []redeem.Override{redeem.PaperInHand}); !errors.Is(err, redeem.ErrNoLine) {
		t.Errorf("Confirm with another word = %v; want ErrNoLine", err)
	}
	got, err := s.Confirm(t.Context(), s.setting, line.ID, line.Words)
	if err != nil || got.Kind != redeem.Accepted || got.ID != line.ID {
		t.Fatalf("Confirm = %v line %d, %v; want accepted on line %d", got.Kind, got.ID, err, line.ID)
	}
	if r := s.book.records[0]; r.Override != "handed_out" {
		t.Errorf("record's override = %q; want handed_out", r.Override)
	}
	if _, err := s.Confirm(t.Context(), s.setting, line.ID, line.Words); !errors.Is(err, redeem.ErrNoLine) {
		t.Errorf("Confirm twice = %v; want ErrNoLine", err)
	}
}

func TestAllWordsFitARecord(t *testing.T) {
	words, ok := redeem.Overrides([]redeem.Reason{redeem.Suspended, redeem.ExpiryEdge, redeem.ListOld, redeem.ListMissing})
	if text := redeem.JoinOverrides(words); !ok || len(text) > 32 {
		t.Errorf("JoinOverrides = %q (%d bytes), %v; want at most 32", text, len(text), ok)
	}
}

func TestForeignCodesAreNotedOnceADay(t *testing.T) {
	s := newStory(t)
	first := s.show("ABCD-1234", redeem.Foreign)
	s.show("ABCD-1234", redeem.AlreadyUsed)
	s.Clear()
	s.show("ABCD-1234", redeem.AlreadyUsed)
	s.show("ABCD-1235", redeem.Foreign)
	if first.Ref.Foreign != "" || s.book.records[0].Pass.Foreign != "ABCD-1234" {
		t.Error("a foreign code belongs in the record and not in the row")
	}
}

func TestACancelledForeignCodeCanBeNotedAgain(t *testing.T) {
	s := newStory(t)
	line := s.show("ABCD-1234", redeem.Foreign)
	if _, err := s.Cancel(t.Context(), s.setting, line.ID); err != nil {
		t.Fatalf("Cancel = %v", err)
	}
	s.show("ABCD-1234", redeem.Foreign)
}

// Nothing says yes unless the record is on disk, and what failed can be shown
// again.
func TestNothingIsSaidBeforeItIsWritten(t *testing.T) {
	cases := []struct {
		name string
		err  error
		want redeem.Kind
	}{
		{"disk full", fmt.Errorf("append: %w", redeem.ErrFull), redeem.Full},
		{"disk broken", errors.New("input/output error"), redeem.Failed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStory(t)
			s.book.fail = c.err
			s.show(s.code(specimen), c.want)
			s.show("ABCD-1234", c.want)
			s.book.fail = nil
			s.show(s.code(specimen), redeem.Accepted)
			s.show("ABCD-1234", redeem.Foreign)
		})
	}
}

func TestOnePassShownEverywhereAtOnceIsAcceptedOnce(t *testing.T) {
	s := newStory(t)
	code := s.code(specimen)
	kinds := make(chan redeem.Kind)
	for range 20 {
		go func() { kinds <- s.Show(t.Context(), s.setting, code).Kind }()
	}
	accepted := 0
	for range 20 {
		if <-kinds == redeem.Accepted {
			accepted++
		}
	}
	if accepted != 1 || len(s.book.records) != 1 {
		t.Errorf("accepted %d times, %d records; want 1, 1", accepted, len(s.book.records))
	}
}

func TestWhereNoPassIsTaken(t *testing.T) {
	cases := []struct {
		name   string
		change func(*redeem.Setting)
		want   redeem.Kind
	}{
		{"structure without passes", func(s *redeem.Setting) { s.Passes = false }, redeem.NoPasses},
		{"not the mediator's station", func(s *redeem.Setting) { s.Role = wire.RoleStation }, redeem.WrongStation},
		{"day not open", func(s *redeem.Setting) { s.Open = false }, redeem.Closed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStory(t)
			c.change(&s.setting)
			s.show(s.code(specimen), c.want)
			s.show("ABCD-1234", c.want)
		})
	}
}

func TestMisreadCodes(t *testing.T) {
	s := newStory(t)
	s.show("1200 0000 0425 90", redeem.Mistyped)
	s.show("", redeem.Unreadable)
}

// The cap looks at what is pending, not at one pass.
func TestTheCapCountsWhatTheFleetHasNotStored(t *testing.T) {
	s := newStory(t)
	s.world.manifest.Limits.UnsyncedCap = 3 * value
	for i := range 3 {
		s.show(s.code(specimen+pass.Serial(i)), redeem.Accepted)
	}
	s.show(s.code(specimen+3), redeem.Limit)
}

func TestCountOfPapers(t *testing.T) {
	s := newStory(t)
	if err := s.Count(t.Context(), s.setting, pass.Papers{Date: "2026-03-12", Validated: 3, Kept: 2}); err != nil {
		t.Fatalf("Count = %v", err)
	}
	if r := s.book.records[0]; r.Kind != pass.PaperCount || r.Papers.Kept != 2 {
		t.Errorf("record = %v %+v; want the count", r.Kind, r.Papers)
	}
}
