// Package health measures a station: memory, disk, load, heat, battery, what
// waits in the outbox, which readers are there, and what is wrong, as a closed
// list of names. [Station.Measure] makes the sample that goes to the fleet;
// [Station.Handler] serves the same to Prometheus on the station's loopback.
//
// Nothing in it says anything about a person or a pass: no serial number, no
// place, no lesson. What cannot be measured is left out and is no failure. The
// package never changes what it measures.
package health

import (
	"context"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// The problems that this package finds by itself, as they appear in
// [wire.Telemetry] and at the label of kit_problem.
const (
	ProblemDisk         = "disk_low"
	ProblemMemory       = "memory_low"
	ProblemHot          = "hot"
	ProblemUndervoltage = "undervoltage"
	ProblemBattery      = "battery_low"
	ProblemClock        = "clock_unset"
	ProblemAside        = "outbox_aside"
	ProblemOutbox       = "outbox_unread"
	ProblemFirmware     = "firmware_missing"
)

// Board is what the machine says of itself beyond the kernel's common files.
// The zero value means "not measured".
type Board struct {
	Celsius        float64
	Undervoltage   bool
	BatteryPercent *int
	OnBattery      bool
	BatteryWear    *int // per cent of the capacity lost since new
}

// Outbox is what waits for the fleet.
type Outbox struct {
	Pending uint64        // records and counters
	Oldest  time.Duration // for how long the oldest has waited, 0 when unknown
	Aside   int           // files set aside
}

// Link is the connection to the fleet.
type Link struct {
	Online   bool
	LastSync time.Time // zero: never
}

// Station is what is measured. Host must be set; functions may be nil.
type Station struct {
	Host    Host
	Version string // of the program, for kit_build_info

	Clock    func() pass.Quality
	Board    func() Board
	Outbox   func(ctx context.Context) (Outbox, error)
	Link     func() Link
	Readers  func() []string // short names of the readers that are open
	Firmware func() []string // files that drivers miss
	Problems func() []string // what other parts know to be wrong, closed names
}

// Measure takes a sample. It takes as long as a few small files do.
func (s *Station) Measure(ctx context.Context) wire.Telemetry {
	sample, _ := s.measure(ctx)
	return sample
}

func (s *Station) measure(ctx context.Context) (wire.Telemetry, Outbox) {
	t := s.Host.sample()
	t.Clock = pass.ClockUnset
	if s.Clock != nil {
		t.Clock = s.Clock()
	}
	if s.Board != nil {
		setBoard(&t, s.Board())
	}
	box, err := s.outbox(ctx)
	t.OutboxPending, t.OutboxOldest = box.Pending, int64(box.Oldest/time.Second)
	if s.Readers != nil {
		t.Readers = atMost(s.Readers(), 16)
	}
	if s.Firmware != nil {
		t.Firmware = atMost(s.Firmware(), 16)
	}
	t.Problems = s.problems(t, box, err)
	return t, box
}

func (s *Station) outbox(ctx context.Context) (Outbox, error) {
	if s.Outbox == nil {
		return Outbox{}, nil
	}
	return s.Outbox(ctx)
}

func setBoard(t *wire.Telemetry, b Board) {
	t.Celsius, t.Undervoltage = b.Celsius, b.Undervoltage
	t.BatteryPercent, t.OnBattery, t.BatteryWear = b.BatteryPercent, b.OnBattery, b.BatteryWear
}

// atMost keeps what the protocol takes, each once.
func atMost(names []string, n int) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), n)]
}

// problems lists what is wrong. Limits are where a technician should look, not
// where a station fails.
func (s *Station) problems(t wire.Telemetry, box Outbox, boxErr error) []string {
	var list []string
	if s.Problems != nil {
		list = s.Problems()
	}
	for _, p := range []struct {
		name string
		is   bool
	}{
		{ProblemDisk, t.DiskTotal > 0 && t.DiskFree < max(t.DiskTotal/20, 64<<20)},
		{ProblemMemory, t.MemoryTotal > 0 && t.MemoryFree < t.MemoryTotal/20},
		{ProblemHot, t.Celsius >= 80},
		{ProblemUndervoltage, t.Undervoltage},
		{ProblemBattery, t.OnBattery && t.BatteryPercent != nil && *t.BatteryPercent <= 10},
		{ProblemClock, t.Clock == pass.ClockUnset},
		{ProblemAside, box.Aside > 0},
		{ProblemOutbox, boxErr != nil},
		{ProblemFirmware, len(t.Firmware) > 0},
	} {
		if p.is {
			list = append(list, p.name)
		}
	}
	return atMost(list, 32)
}
