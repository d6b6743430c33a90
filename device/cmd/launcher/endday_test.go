package main

import (
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// A button pressed twice ends one day, once.
func TestTheDayEndsOnce(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.publish(t, dir)
	r := start(t, f)
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	r.post("/mediateur/journee", theDay())
	form := url.Values{"participants": {"9"}, "papiers": {"0"}, "jeton": {formToken.FindStringSubmatch(r.get("/aide"))[1]}}
	var presses sync.WaitGroup
	for range 8 {
		presses.Go(func() {
			resp, err := r.client.PostForm(r.url+"/mediateur/fin", form)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
		})
	}
	presses.Wait()
	r.stop()
	if n := len(f.paperCounts(t)); n != 1 {
		t.Errorf("papers counted %d times; want once", n)
	}
}

// built is a station that is not run: its parts are joined, and no more.
func (f *fleet) built(t *testing.T) *station {
	t.Helper()
	must(t, os.MkdirAll(f.run, 0o700))
	p := &program{flags: flags{Data: f.data, Run: f.run, Clock: clock.ModeSystem}, log: slog.New(slog.DiscardHandler)}
	me, err := p.identity()
	must(t, err)
	s, err := p.build(t.Context(), me)
	must(t, err)
	return s
}

// participants is the total that the fleet will be told.
func (f *fleet) participants(t *testing.T) uint64 {
	t.Helper()
	r, err := outbox.OpenReader(filepath.Join(f.data, outbox.FileName))
	must(t, err)
	defer r.Close()
	counters, err := r.ChangedCounters(t.Context(), 0, 100)
	must(t, err)
	var n uint64
	for _, c := range counters {
		if c.Name == wire.CountParticipants {
			n += c.Value
		}
	}
	return n
}

// Power is cut after any step of ending the day; she ends it again.
func TestPowerCutWhileTheDayEnds(t *testing.T) {
	steps := len((&ending{}).steps())
	for cut := range steps {
		t.Run(fmt.Sprintf("after %d of %d steps", cut, steps), func(t *testing.T) {
			f := endedTwice(t, cut, 9, 0)
			if n := len(f.paperCounts(t)); n != 1 {
				t.Errorf("papers counted %d times; want once", n)
			}
			if n := f.participants(t); n != 9 {
				t.Errorf("participants = %d; want 9", n)
			}
		})
	}
}

// What she types the second time is what counts.
func TestEndingAgainWithOtherCounts(t *testing.T) {
	f := endedTwice(t, len((&ending{}).steps())-1, 11, 2)
	if got, want := f.paperCounts(t), []int{0, 2}; !slices.Equal(got, want) {
		t.Errorf("papers kept, as counted = %v; want %v", got, want)
	}
	if n := f.participants(t); n != 11 {
		t.Errorf("participants = %d; want 11", n)
	}
}

// endedTwice ends a day of 9 people and no paper, cuts the power after some
// steps, and ends it again on the same disk.
func endedTwice(t *testing.T, cut, participants, kept int) *fleet {
	t.Helper()
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.publish(t, dir)
	s := f.built(t)
	day := workshop.Day{Place: "mediatheque", Service: "KS-01", Posture: pass.PostureWith}
	must(t, s.days.OpenDay(t.Context(), day, kiosk.When{}))
	e := &ending{days: s.days, participants: 9}
	for _, step := range e.steps()[:cut] {
		must(t, step(t.Context()))
	}
	must(t, s.box.Close())
	s = f.built(t)
	must(t, s.days.EndDay(t.Context(), participants, kept))
	must(t, s.box.Close())
	if sheet, ok := s.shop.Last(); !ok || s.shop.Day().Open || sheet.Participants != participants || sheet.Kept != kept {
		t.Errorf("sheet = %+v, day open %v; want %d participants and %d papers", sheet, s.shop.Day().Open, participants, kept)
	}
	return f
}

// paperCounts is the papers kept by each count in the ledger.
func (f *fleet) paperCounts(t *testing.T) []int {
	t.Helper()
	var kept []int
	for _, record := range f.records(t) {
		if record.Kind == pass.PaperCount {
			kept = append(kept, record.Papers.Kept)
		}
	}
	return kept
}
