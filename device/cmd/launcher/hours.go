package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const (
	hoursPoll = 30 * time.Second // how soon a place that closes has a dark screen
	staysLit  = 5 * time.Minute  // after somebody touched a dark screen
)

// hours turns the screen of an unused kiosk off while its place is closed.
type hours struct {
	desired func() wire.Desired
	zone    func() *time.Location
	now     func() (time.Time, pass.Quality)
	used    func() bool // somebody's time runs, or a day is open
	order   func(screen.Order)

	mu      sync.Mutex
	touched time.Time
	dark    bool
}

// touch notes that somebody is at the keys.
func (h *hours) touch() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.touched = time.Now()
}

// Run looks until ctx is done. A dark screen is asked for again and again: the
// display may have been started anew, or was lit by a key.
func (h *hours) Run(ctx context.Context) error {
	return every(ctx, hoursPoll, func() error {
		dark := h.closed()
		h.mu.Lock()
		changed := h.dark != dark
		h.dark = dark
		h.mu.Unlock()
		if dark || changed {
			h.order(screen.Order{Want: screen.WantDark, Off: !dark})
		}
		return nil
	})
}

// closed reports whether nobody is to be expected. Without a clock that somebody
// stands for, everybody is.
func (h *hours) closed() bool {
	open := h.desired().Hours
	now, quality := h.now()
	if len(open) == 0 || quality == pass.ClockUnset || h.used() || h.justTouched() {
		return false
	}
	local := now.In(h.zone())
	return !slices.ContainsFunc(open, func(w wire.Window) bool { return w.Holds(local) })
}

func (h *hours) justTouched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.touched.IsZero() && time.Since(h.touched) < staysLit
}
