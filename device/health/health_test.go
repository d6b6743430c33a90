package health_test

import (
	"context"
	"errors"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

var update = flag.Bool("update", false, "write golden files again")

func number(n int) *int { return &n }

// fixture is a laptop with 4 GB of memory, on a market, on its battery.
func fixture() *health.Station {
	return &health.Station{
		Host: health.Host{Proc: "testdata/host/proc", Data: "/perm",
			Disk: func(string) (uint64, uint64, error) { return 100 << 30, 40 << 30, nil }},
		Version: "v1.2.3",
		Clock:   func() pass.Quality { return pass.ClockMediator },
		Board: func() health.Board {
			return health.Board{Celsius: 51.5, BatteryPercent: number(64), OnBattery: true, BatteryWear: number(12)}
		},
		Outbox: func(context.Context) (health.Outbox, error) {
			return health.Outbox{Pending: 12, Oldest: 26 * time.Hour, Aside: 1}, nil
		},
		Link:     func() health.Link { return health.Link{LastSync: time.Unix(1_800_000_000, 0)} },
		Readers:  func() []string { return []string{"scanner", "camera"} },
		Problems: func() []string { return []string{"trust_stale"} },
	}
}

func TestMetricsOfAFixtureMachine(t *testing.T) {
	answer := httptest.NewRecorder()
	fixture().Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	golden := filepath.Join("testdata", "metrics.txt")
	if *update {
		if err := os.WriteFile(golden, answer.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Body.String(); got != string(want) {
		t.Errorf("metrics differ from %s (renew with -update):\n%s", golden, got)
	}
}

func TestMeasure(t *testing.T) {
	got := fixture().Measure(t.Context())
	if err := got.Check(); err != nil {
		t.Fatalf("Check = %v", err)
	}
	if got.UptimeSeconds != 86512 || got.Load1 != 0.42 || got.MemoryTotal != 3908120<<10 || got.MemoryFree != 2154336<<10 {
		t.Errorf("Measure = %+v; want the figures of testdata", got)
	}
	if got.OutboxPending != 12 || got.OutboxOldest != 26*3600 {
		t.Errorf("outbox = %d, %d s; want 12, 93600 s", got.OutboxPending, got.OutboxOldest)
	}
}

func TestProblems(t *testing.T) {
	full := func(string) (uint64, uint64, error) { return 100 << 30, 1 << 30, nil }
	cases := []struct {
		name   string
		change func(*health.Station)
		want   []string
	}{
		{"nothing new", func(*health.Station) {}, []string{health.ProblemAside, "trust_stale"}},
		{"disk nearly full", func(s *health.Station) { s.Host.Disk = full }, []string{health.ProblemDisk, health.ProblemAside, "trust_stale"}},
		{"clock unset", func(s *health.Station) { s.Clock = nil }, []string{health.ProblemClock, health.ProblemAside, "trust_stale"}},
		{"battery empty", func(s *health.Station) {
			s.Board = func() health.Board { return health.Board{OnBattery: true, BatteryPercent: number(7)} }
		}, []string{health.ProblemBattery, health.ProblemAside, "trust_stale"}},
		{"weak supply and hot", func(s *health.Station) {
			s.Board = func() health.Board { return health.Board{Undervoltage: true, Celsius: 83} }
		}, []string{health.ProblemHot, health.ProblemAside, "trust_stale", health.ProblemUndervoltage}},
		{"a driver lacks a file", func(s *health.Station) { s.Firmware = func() []string { return []string{"rtl_nic/rtl8168g-3.fw"} } },
			[]string{health.ProblemFirmware, health.ProblemAside, "trust_stale"}},
		{"outbox not readable", func(s *health.Station) {
			s.Outbox = func(context.Context) (health.Outbox, error) { return health.Outbox{}, errors.New("damaged") }
		}, []string{health.ProblemOutbox, "trust_stale"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := fixture()
			c.change(s)
			if got := s.Measure(t.Context()).Problems; !slices.Equal(got, c.want) {
				t.Errorf("Problems = %v; want %v", got, c.want)
			}
		})
	}
}

func TestNothingMeasurable(t *testing.T) {
	s := health.Station{Host: health.Host{Proc: t.TempDir(), Data: filepath.Join(t.TempDir(), "gone")}}
	got := s.Measure(t.Context())
	want := wire.Telemetry{Clock: pass.ClockUnset, Problems: []string{health.ProblemClock}}
	if got.Check() != nil || got.MemoryTotal != want.MemoryTotal || !slices.Equal(got.Problems, want.Problems) {
		t.Errorf("Measure = %+v; want %+v", got, want)
	}
}

func TestMeasureThisMachine(t *testing.T) {
	s := health.Station{Host: health.Host{Proc: "/proc", Data: t.TempDir()}}
	got := s.Measure(t.Context())
	if got.MemoryTotal == 0 || got.UptimeSeconds == 0 || got.DiskTotal == 0 {
		t.Errorf("Measure = %+v; want memory, uptime and disk", got)
	}
}

func FuzzHostFiles(f *testing.F) {
	f.Add("MemTotal: 12 kB\nMemAvailable: 3 kB\n")
	f.Add("MemTotal:\nMemAvailable: -1 kB\n99999999999999999999")
	f.Add("")
	f.Fuzz(func(t *testing.T, content string) {
		dir := t.TempDir()
		for _, name := range []string{"meminfo", "loadavg", "uptime"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := health.Station{Host: health.Host{Proc: dir, Data: dir}}
		sample := s.Measure(t.Context())
		if err := sample.Check(); err != nil {
			t.Errorf("Check = %v", err)
		}
		if _, err := wire.Encode(&sample); err != nil {
			t.Errorf("Encode = %v", err)
		}
	})
}
