package clock_test

import (
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
