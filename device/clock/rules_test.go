package clock_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// Each step is one source speaking; the clock stood at market before, as set
// by the first.
func TestWhoMaySetTheClock(t *testing.T) {
	const (
		server = pass.Quality("server")
		day    = 24 * time.Hour
		years  = 365 * day
	)
	tests := []struct {
		name   string
		first  pass.Quality
		second pass.Quality
		moved  time.Duration
		want   time.Duration
		err    error
	}{
		{"mediator corrects the battery clock", pass.ClockRTC, pass.ClockMediator, 300 * day, 300 * day, nil},
		{"mediator corrects a mediator", pass.ClockMediator, pass.ClockMediator, 2 * day, 2 * day, nil},
		{"mediator corrects the server", server, pass.ClockMediator, 2 * day, 2 * day, nil},
		{"mediator agrees with ntp", pass.ClockNTP, pass.ClockMediator, time.Hour, 0, nil},
		{"mediator contradicts ntp", pass.ClockNTP, pass.ClockMediator, 2 * day, 0, clock.ErrOutranked},
		{"server refines a mediator", pass.ClockMediator, server, time.Hour, time.Hour, nil},
		{"server jumps from a mediator", pass.ClockMediator, server, 2 * day, 0, clock.ErrOutranked},
		{"server jumps back from a mediator", pass.ClockMediator, server, -2 * day, 0, clock.ErrOutranked},
		{"server jumps from ntp", pass.ClockNTP, server, 2 * day, 0, clock.ErrOutranked},
		{"server agrees with ntp", pass.ClockNTP, server, time.Hour, 0, nil},
		{"server corrects the battery clock", pass.ClockRTC, server, 300 * day, 300 * day, nil},
		{"ntp corrects a mediator", pass.ClockMediator, pass.ClockNTP, 300 * day, 300 * day, nil},
		{"battery clock contradicts a mediator", pass.ClockMediator, pass.ClockRTC, 2 * day, 0, clock.ErrOutranked},
		{"server of 2099", pass.ClockRTC, server, 72 * years, 0, clock.ErrFuture},
		{"ntp of 2099", pass.ClockRTC, pass.ClockNTP, 72 * years, 0, clock.ErrFuture},
		{"mediator before the floor", pass.ClockRTC, pass.ClockMediator, -30 * day, 0, clock.ErrPast},
		{"nobody", pass.ClockRTC, pass.ClockUnset, 0, 0, clock.ErrQuality},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newStation(t, clock.ModeUnset, epoch).open()
			set := func(q pass.Quality, to time.Time) error {
				if q == server {
					return c.SetServer(to)
				}
				return c.Set(to, q)
			}
			if err := set(tt.first, market); err != nil {
				t.Fatalf("first Set = %v; want nil", err)
			}
			if err := set(tt.second, market.Add(tt.moved)); !errors.Is(err, tt.err) {
				t.Errorf("second Set = %v; want %v", err, tt.err)
			}
			if got, _ := c.Now(); !got.Equal(market.Add(tt.want)) {
				t.Errorf("Now() = %v; want %v", got, market.Add(tt.want))
			}
		})
	}
}

func TestServerCannotWalkTheClockAwayFromAMediator(t *testing.T) {
	c := newStation(t, clock.ModeUnset, epoch).open()
	if err := c.Set(market, pass.ClockMediator); err != nil {
		t.Fatal(err)
	}
	if err := c.SetServer(market.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := c.SetServer(market.AddDate(2, 0, 0)); !errors.Is(err, clock.ErrOutranked) {
		t.Errorf("SetServer(+2 years) = %v; want ErrOutranked", err)
	}
}

// Whatever is set in whatever order: time is never before the floor less a
// day or far after it, the floor never goes back, and within a boot the server
// never takes a vouched clock a day away from where it was.
func TestNoOrderOfEventsBreaksTheRules(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 7))
		s := newStation(t, clock.ModeUnset, epoch)
		c := s.open()
		vouched := false
		for range 20 {
			before, _ := c.Now()
			floor := c.Floor()
			to := built.Add(time.Duration(r.Int64N(int64(12*365*24*time.Hour))) - 2*365*24*time.Hour)
			switch r.IntN(6) {
			case 0:
				vouched = c.Set(to, pass.ClockMediator) == nil || vouched
			case 1:
				vouched = c.Set(to, pass.ClockNTP) == nil || vouched
			case 2:
				_ = c.Set(to, pass.ClockRTC)
			case 3:
				_ = c.SetServer(to)
				if now, _ := c.Now(); vouched && now.Sub(before).Abs() > 24*time.Hour {
					t.Fatalf("seed %d: server moved a vouched clock from %v to %v", seed, before, now)
				}
			case 4:
				s.Pass(time.Duration(r.Int64N(int64(time.Hour))))
			case 5:
				s.Reboot(epoch)
				c, vouched = s.open(), false
			}
			c.RaiseFloor(floor.Add(time.Duration(r.Int64N(int64(time.Hour)))))
			if got := c.Floor(); got.Before(floor) {
				t.Fatalf("seed %d: floor went from %v to %v", seed, floor, got)
			}
			if now, q := c.Now(); q != pass.ClockUnset && (now.Before(built.Add(-24*time.Hour)) || now.After(c.Floor().Add(5*365*24*time.Hour+20*time.Hour))) {
				t.Fatalf("seed %d: Now() = %v with floor %v", seed, now, c.Floor())
			}
		}
	}
}
