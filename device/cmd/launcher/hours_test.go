package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func openingHours(at time.Time) *hours {
	return &hours{
		desired: func() wire.Desired { return wire.Desired{Hours: []wire.Window{{From: "09:00", To: "18:00"}}} },
		zone:    func() *time.Location { return time.UTC }, now: func() (time.Time, pass.Quality) { return at, pass.ClockRTC },
		used: func() bool { return false }, order: func(screen.Order) {},
	}
}

func TestClosed(t *testing.T) {
	day := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	night := day.Add(10 * time.Hour)
	cases := []struct {
		name   string
		at     time.Time
		change func(h *hours)
		want   bool
	}{
		{"open", day, nil, false},
		{"closed", night, nil, true},
		{"nobody said", night, func(h *hours) { h.desired = func() wire.Desired { return wire.Desired{} } }, false},
		{"nobody knows the time", night, func(h *hours) { h.now = func() (time.Time, pass.Quality) { return night, pass.ClockUnset } }, false},
		{"somebody is still there", night, func(h *hours) { h.used = func() bool { return true } }, false},
		{"somebody touched a key", night, func(h *hours) { h.touch() }, false},
		{"in the place's own time", day, func(h *hours) { h.zone = func() *time.Location { return time.FixedZone("", 8*3600) } }, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := openingHours(c.at)
			if c.change != nil {
				c.change(h)
			}
			if got := h.closed(); got != c.want {
				t.Errorf("closed = %v; want %v", got, c.want)
			}
		})
	}
}

// TestScreenByHours: the screen goes dark at closing time, a key lights it for a
// while, and it is lit at opening time.
func TestScreenByHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		at := func() time.Time {
			return time.Date(2026, 11, 23, 17, 59, 0, 0, time.UTC).Add(time.Since(began))
		}
		orders := make(chan screen.Order, 10_000)
		h := openingHours(time.Time{})
		h.now = func() (time.Time, pass.Quality) { return at(), pass.ClockNTP }
		h.order = func(o screen.Order) { orders <- o }
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.Run(ctx) }()
		dark, lit := screen.Order{Want: screen.WantDark}, screen.Order{Want: screen.WantDark, Off: true}
		for _, step := range []struct {
			name  string
			after time.Duration
			touch bool
			want  screen.Order
		}{
			{name: "closing", after: 3 * time.Minute, want: dark},
			{name: "a key", after: time.Minute, touch: true, want: lit},
			{name: "nobody stays", after: 10 * time.Minute, want: dark},
			{name: "opening", after: 15 * time.Hour, want: lit},
		} {
			if step.touch {
				h.touch()
			}
			time.Sleep(step.after)
			synctest.Wait()
			var last screen.Order
			for range len(orders) {
				last = <-orders
			}
			if last != step.want {
				t.Errorf("%s: last order %+v; want %+v", step.name, last, step.want)
			}
		}
		stop()
		<-done
	})
}
