package clock_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/clock/clocktest"
	"github.com/mallette-kit/mallette/fleet/pass"
)

var (
	built  = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	market = time.Date(2027, 3, 12, 9, 0, 0, 0, time.UTC)
	epoch  = time.Unix(0, 0)
)

// station is one machine with its two directories.
type station struct {
	*clocktest.Machine
	run, data string
	mode      clock.Mode
}

func newStation(t *testing.T, mode clock.Mode, host time.Time) station {
	return station{clocktest.New(host), t.TempDir(), t.TempDir(), mode}
}

// open starts another program on the station.
func (s station) open(options ...clock.Option) *clock.Clock {
	options = append(options, clock.WithSource(s.Machine), clock.WithBuilt(built))
	return clock.Open(s.run, s.data, s.mode, options...)
}

func check(t *testing.T, c *clock.Clock, want time.Time, quality pass.Quality) {
	t.Helper()
	if got, q := c.Now(); !got.Equal(want) || q != quality {
		t.Errorf("Now() = %v, %q; want %v, %q", got, q, want, quality)
	}
}

func TestClockBeforeAnybodySetIt(t *testing.T) {
	tests := []struct {
		name    string
		mode    clock.Mode
		host    time.Time
		want    time.Time
		quality pass.Quality
	}{
		{"no battery clock", clock.ModeUnset, market, built, pass.ClockUnset},
		{"good battery clock", clock.ModeSystem, market, market, pass.ClockRTC},
		{"dead battery", clock.ModeSystem, epoch, built, pass.ClockUnset},
		{"battery clock of 2099", clock.ModeSystem, built.AddDate(72, 0, 0), built, pass.ClockUnset},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check(t, newStation(t, tt.mode, tt.host).open(), tt.want, tt.quality)
		})
	}
}

func TestStampWithoutClockHasNoWallTime(t *testing.T) {
	s := newStation(t, clock.ModeUnset, epoch)
	c := s.open()
	s.Pass(90 * time.Second)
	want := pass.Stamp{Clock: pass.ClockUnset, Boot: "boot-0", Mono: 90_000}
	if got := c.Stamp(); got != want {
		t.Errorf("Stamp() = %+v; want %+v", got, want)
	}
}

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

func TestProgramsShareTheClockAndABootForgetsIt(t *testing.T) {
	s := newStation(t, clock.ModeUnset, epoch)
	launcher, agent := s.open(), s.open()
	if err := launcher.Set(market, pass.ClockMediator); err != nil {
		t.Fatal(err)
	}
	s.Pass(time.Hour)
	check(t, agent, market.Add(time.Hour), pass.ClockMediator)
	check(t, s.open(), market.Add(time.Hour), pass.ClockMediator)

	s.Reboot(epoch)
	check(t, s.open(), built, pass.ClockUnset)
	check(t, agent, built, pass.ClockUnset)
}

func TestHostClockIsSetOnlyWhenOwned(t *testing.T) {
	s := newStation(t, clock.ModeUnset, epoch)
	if err := s.open().Set(market, pass.ClockNTP); err != nil || !s.Host().Equal(epoch) {
		t.Errorf("hosted: Set = %v, host %v; want nil, %v", err, s.Host(), epoch)
	}
	s = newStation(t, clock.ModeUnset, epoch)
	if err := s.open(clock.SetSystem()).Set(market, pass.ClockNTP); err != nil || !s.Host().Equal(market) {
		t.Errorf("appliance: Set = %v, host %v; want nil, %v", err, s.Host(), market)
	}
}

func TestFloorMovesUpOnSignedTimeOnly(t *testing.T) {
	s := newStation(t, clock.ModeUnset, epoch)
	c := s.open()
	if err := c.Set(market, pass.ClockNTP); err != nil {
		t.Fatal(err)
	}
	if got := c.Floor(); !got.Equal(built) {
		t.Errorf("Floor() after Set = %v; want %v", got, built)
	}
	for _, step := range []struct{ signed, want time.Time }{
		{market, market},
		{built, market},
		{built.AddDate(70, 0, 0), market},
		{market.Add(time.Hour), market.Add(time.Hour)},
	} {
		c.RaiseFloor(step.signed)
		if got := s.open().Floor(); !got.Equal(step.want) {
			t.Errorf("Floor() after RaiseFloor(%v) = %v; want %v", step.signed, got, step.want)
		}
	}
}

func TestBootsAreRememberedToDateOldRecords(t *testing.T) {
	s := newStation(t, clock.ModeUnset, epoch)
	for i := range 20 {
		c := s.open()
		s.Pass(time.Minute)
		if err := c.Set(market.AddDate(0, 0, i), pass.ClockMediator); err != nil {
			t.Fatal(err)
		}
		s.Reboot(epoch)
	}
	boots := s.open().Boots()
	if len(boots) != 16 {
		t.Fatalf("len(Boots()) = %d; want 16", len(boots))
	}
	for i, b := range boots {
		want := market.AddDate(0, 0, 19-i)
		if !b.Wall.Equal(want) || b.Mono != 60_000 || b.Clock != pass.ClockMediator {
			t.Errorf("Boots()[%d] = %+v; want %v after one minute", i, b, want)
		}
	}
}

// A power cut or a worn card may leave any part of a file, or a flipped bit.
func TestDamagedFilesAreAnUnsetClockAtBuildTime(t *testing.T) {
	s := newStation(t, clock.ModeUnset, epoch)
	c := s.open()
	if err := c.Set(market, pass.ClockMediator); err != nil {
		t.Fatal(err)
	}
	c.RaiseFloor(market)
	for _, name := range []string{filepath.Join(s.run, "clock.json"), filepath.Join(s.data, "clock")} {
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := range whole {
			flipped := append([]byte(nil), whole...)
			flipped[n] ^= 0x04
			for _, content := range [][]byte{whole[:n], flipped} {
				checkDamaged(t, s, name, content)
			}
		}
		if err := os.WriteFile(name, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	check(t, s.open(), market, pass.ClockMediator)
}

func checkDamaged(t *testing.T, s station, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
	c := s.open()
	now, q := c.Now()
	unset := q == pass.ClockUnset && (now.Equal(built) || now.Equal(market))
	kept := q == pass.ClockMediator && now.Equal(market)
	if floor := c.Floor(); (!unset && !kept) || (!floor.Equal(built) && !floor.Equal(market)) {
		t.Fatalf("damaged %s: Now() = %v, %q, Floor() = %v; want unset or kept", filepath.Base(name), now, q, floor)
	}
}

func TestClockWorksAgainAfterDamage(t *testing.T) {
	s := newStation(t, clock.ModeUnset, epoch)
	for _, name := range []string{filepath.Join(s.run, "clock.json"), filepath.Join(s.data, "clock")} {
		if err := os.WriteFile(name, []byte("garbage"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := s.open()
	c.RaiseFloor(market)
	if err := c.Set(market, pass.ClockMediator); err != nil {
		t.Fatal(err)
	}
	again := s.open()
	check(t, again, market, pass.ClockMediator)
	if got := again.Floor(); !got.Equal(market) {
		t.Errorf("Floor() = %v; want %v", got, market)
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

func TestManyProgramsSetAtOnce(t *testing.T) {
	s := newStation(t, clock.ModeUnset, epoch)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c := s.open()
			if err := c.Set(market, pass.ClockMediator); err != nil {
				t.Error(err)
			}
			c.RaiseFloor(built.Add(time.Duration(i) * time.Hour))
		})
	}
	wg.Wait()
	check(t, s.open(), market, pass.ClockMediator)
	if got := s.open().Boots(); len(got) != 1 {
		t.Errorf("len(Boots()) = %d; want 1", len(got))
	}
}

func TestKernelClock(t *testing.T) {
	c := clock.Open(t.TempDir(), t.TempDir(), clock.ModeUnset)
	a, b := c.Stamp(), c.Stamp()
	if a.Boot == "" || a.Boot != b.Boot || b.Mono < a.Mono || a.Mono == 0 {
		t.Errorf("Stamp() = %+v then %+v; want one boot, time passing", a, b)
	}
}

func TestHalfDay(t *testing.T) {
	tests := []struct {
		name string
		at   time.Time
		zone string
		want string
	}{
		{"morning", time.Date(2026, 3, 12, 8, 0, 0, 0, time.UTC), "Europe/Paris", "2026-03-12/am"},
		{"noon in Paris, winter", time.Date(2026, 3, 12, 11, 0, 0, 0, time.UTC), "Europe/Paris", "2026-03-12/pm"},
		{"before noon in Paris, summer", time.Date(2026, 7, 12, 9, 59, 59, 0, time.UTC), "Europe/Paris", "2026-07-12/am"},
		{"the day before in Cayenne", time.Date(2026, 3, 12, 1, 0, 0, 0, time.UTC), "America/Cayenne", "2026-03-11/pm"},
		{"the day after in Nouméa", time.Date(2026, 3, 12, 20, 0, 0, 0, time.UTC), "Pacific/Noumea", "2026-03-13/am"},
		{"spring forward", time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), "Europe/Paris", "2026-03-29/am"},
		{"nobody knew", time.Time{}, "Europe/Paris", ""},
		{"no zone", market, "", ""},
		{"the host's zone", market, "Local", ""},
		{"unknown zone", market, "Europe/Nancy", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clock.HalfDay(tt.at, tt.zone); got != tt.want {
				t.Errorf("HalfDay(%v, %q) = %q; want %q", tt.at, tt.zone, got, tt.want)
			}
		})
	}
}
