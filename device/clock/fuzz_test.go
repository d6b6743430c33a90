package clock_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// Whatever the two files hold, a clock opens, and the floor is never before
// the build time.
func FuzzFiles(f *testing.F) {
	f.Add([]byte(nil), []byte(nil))
	f.Add([]byte("00000000\n{}\n"), []byte("00000000\n{}\n"))
	f.Add([]byte("a505df1b\n[]\n"), []byte("garbage"))
	f.Fuzz(func(t *testing.T, base, memory []byte) {
		s := newStation(t, clock.ModeUnset, epoch)
		for name, content := range map[string][]byte{filepath.Join(s.run, "clock.json"): base, filepath.Join(s.data, "clock"): memory} {
			if err := os.WriteFile(name, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		c := s.open()
		if floor := c.Floor(); floor.Before(built) {
			t.Errorf("Floor() = %v; want %v or later", floor, built)
		}
		if now, q := c.Now(); q == pass.ClockUnset && now.Before(built) {
			t.Errorf("Now() = %v; want the floor", now)
		}
		if got := c.Boots(); len(got) > 16 {
			t.Errorf("len(Boots()) = %d; want at most 16", len(got))
		}
	})
}

func BenchmarkNow(b *testing.B) {
	c := clock.Open(b.TempDir(), b.TempDir(), clock.ModeUnset)
	if err := c.Set(built.AddDate(0, 1, 0), pass.ClockMediator); err != nil {
		b.Skip(err) // a build newer than this file's dates
	}
	for b.Loop() {
		c.Now()
	}
}
