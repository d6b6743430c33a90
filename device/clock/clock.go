// Package clock is what time a station believes it is, and how much.
//
// Many stations have no battery clock and no network, so time is what people
// and servers say it is. Wall time is a base plus CLOCK_BOOTTIME. The base is
// kept in the run directory, shared by all programs of the station and valid
// for one boot, so that nothing needs to set the host's clock (an appliance
// does, see [SetSystem]). What was known about earlier boots is kept in the
// data directory, so that records written without a date can be dated later.
//
// A floor, the latest time that is certainly past, is the build time or the
// newest time seen in signed metadata, and moves on nothing else. [Clock.Set]
// refuses what contradicts the floor or a better source; see there.
//
// A damaged or missing file is an unset clock and a floor at build time, never
// a failure: a station without a clock does its whole job. The package never
// asks a network for the time.
package clock

import (
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Mode says what the host's clock is worth before anybody has set ours.
type Mode string

// ModeSystem takes the host's clock for a battery clock (quality rtc).
// ModeUnset ignores it: a Raspberry Pi has none, and starts at 1970.
const (
	ModeSystem Mode = "system"
	ModeUnset  Mode = "unset"
)

// Clock tells the time of a station. It is safe for concurrent use, and
// several processes may open the same directories.
type Clock struct {
	run    string // clock.json: the base of this boot
	data   string // clock: floor and boots
	lock   string
	mode   Mode
	source Source
	built  time.Time
	system bool
	log    *slog.Logger

	mu     sync.Mutex
	base   cached[base]
	memory cached[memory]
}

// Option changes how [Open] makes a clock.
type Option func(*Clock)

// SetSystem makes [Clock.Set] set the host's clock too. Only an appliance,
// which owns its host, wants it.
func SetSystem() Option { return func(c *Clock) { c.system = true } }

// WithLog reports damaged files and failed writes to log.
func WithLog(log *slog.Logger) Option { return func(c *Clock) { c.log = log } }

// Open returns the clock of a station whose run and data directories exist.
func Open(runDir, dataDir string, mode Mode, options ...Option) *Clock {
	c := &Clock{
		run:   filepath.Join(runDir, "clock.json"),
		lock:  filepath.Join(runDir, "clock.lock"),
		data:  filepath.Join(dataDir, "clock"),
		mode:  mode,
		built: built(),
		log:   slog.New(slog.DiscardHandler),
	}
	for _, o := range options {
		o(c)
	}
	if c.source == nil {
		c.source = newKernel()
	}
	c.remember()
	return c
}

// Now returns the time and its quality. When nobody has set the clock it
// returns the floor and [pass.ClockUnset].
func (c *Clock) Now() (time.Time, pass.Quality) {
	t, by := c.reading()
	return t, by.quality()
}

// Stamp returns the time as records carry it: no wall time when it is unset,
// and in any case this boot's monotonic time, to work it out later.
func (c *Clock) Stamp() pass.Stamp {
	mono := c.source.Mono()
	t, by := c.readingAt(mono)
	s := pass.Stamp{Clock: by.quality(), Boot: c.source.Boot(), Mono: mono.Milliseconds()}
	if by != byNobody {
		s.Wall = t.UTC().Truncate(time.Millisecond)
	}
	return s
}

// Boot returns the kernel's id of this boot.
func (c *Clock) Boot() string { return c.source.Boot() }

func (c *Clock) reading() (time.Time, by) { return c.readingAt(c.source.Mono()) }

func (c *Clock) readingAt(mono time.Duration) (time.Time, by) {
	b, floor := c.load()
	if b.By != byNobody {
		return b.at(mono), b.By
	}
	if host := c.source.Host(); c.mode == ModeSystem && plausible(host, floor) == nil {
		return host, byRTC
	}
	return floor, byNobody
}

// load returns this boot's base, zero when unset, and the floor.
func (c *Clock) load() (base, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, err := c.base.read(c.run, parseBase)
	c.report(err, "clock base damaged")
	if b.Boot != c.source.Boot() {
		b = base{}
	}
	return b, c.floorLocked()
}

func (c *Clock) report(err error, event string) {
	if err != nil {
		c.log.Warn(event, "err", err)
	}
}
