package clock_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/fleet/pass"
)

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
		for n := 0; n < len(whole); n += 3 {
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
