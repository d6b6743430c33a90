package screens_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// TestEveryPageAsksWhetherSomebodyIsThere leaves each page alone until the
// question comes over it, in French and Arabic, and holds both to the
// accessibility rules in every mode.
func TestEveryPageAsksWhetherSomebodyIsThere(t *testing.T) {
	s := openSetting(t)
	s.staysAlone()
	for _, d := range displays() {
		if d.classes == "" {
			t.Run(d.name, func(t *testing.T) { s.asksOn(t, d) })
		}
	}
}

// staysAlone makes the station a kiosk without a workshop. The fleet is away:
// it would know better.
func (s *setting) staysAlone() {
	h, b := s.house, s.browser
	b.mediates(h)
	b.follow("Finir la journée")
	b.write("Combien de personnes", "4")
	b.write("Combien de pass en papier", "1")
	b.leave(kb.Enter)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	h.must(h.station.Agent.Stop(ctx))
}

// asksAfter sets after how many seconds the station asks.
func (s *setting) asksAfter(seconds int) {
	name := filepath.Join(s.house.station.Data(), "desired.json")
	raw, err := os.ReadFile(name)
	s.house.must(err)
	var want wire.Desired
	s.house.must(json.Unmarshal(raw, &want))
	want.Mode, want.IdleSeconds = wire.ModeKiosk, seconds
	raw, err = json.Marshal(want)
	s.house.must(err)
	s.house.must(durable.Replace(name, raw, 0o600))
}

// one is the first address of each route.
func (s *setting) one() (list []string) {
	for _, route := range slices.Sorted(maps.Keys(pages)) {
		if len(pages[route]) > 0 {
			list = append(list, s.address(pages[route][0]))
		}
	}
	return list
}

// asksOn looks at a page in each tab at a time: opening another one says that
// somebody is there.
func (s *setting) asksOn(t *testing.T, d display) {
	b := s.browser.with(t)
	s.asksAfter(600)
	s.sitDown(b, d)
	s.asksAfter(1)
	b.open("about:blank")
	left := []*browser{s.browser.tab(t), s.browser.tab(t)}
	for some := range slices.Chunk(s.one(), len(left)) {
		t.Run("question", func(t *testing.T) {
			left[0].with(t).open(s.house.station.Kiosk() + "lecons") // a page of mediator mode does not say that somebody is there
			for i, address := range some {
				left[i].with(t).open(address)
			}
			for i := range some {
				t.Run("onglet", func(t *testing.T) {
					t.Parallel()
					left[i].with(t).asked(d)
				})
			}
		})
	}
	b.open(s.house.station.Kiosk())
	b.arrive(chromedp.Evaluate[chromedp.Void](`document.querySelector("form.done").requestSubmit()`))
}

// asked waits for the question and looks at it in each mode of this run. The classes are
// all that a mode changes of a page: those that the matrix has seen.
func (b *browser) asked(d display) {
	b.t.Helper()
	b.run("wait for the question", chromedp.Poll[chromedp.Void](`document.getElementById("encore-la")?.open`, chromedp.WithPollingTimeout(listening)))
	for _, m := range usualModes() {
		ask[bool](b, "change the mode", `(document.documentElement.className = "`+m.classes+`", true)`)
		d.name, d.classes = m.name, m.classes
		b.check()
		b.fits(d)
	}
}
