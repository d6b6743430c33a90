package clock

import (
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// maxBoots is how many boots are remembered; a hello carries as many.
const maxBoots = 16

// memory is what outlives a boot.
type memory struct {
	Floor time.Time       `json:"floor"`
	Boots []wire.BootTime `json:"boots"` // newest first
}

// Boots returns what is known about the last 16 boots whose time was known,
// newest first, this one included.
func (c *Clock) Boots() []wire.BootTime {
	c.remember()
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.memory.read(c.data, parseMemory)
	c.report(err, "clock memory damaged")
	return slices.Clone(m.Boots)
}

// remember notes this boot's time if it is known and better than what is noted.
func (c *Clock) remember() {
	mono := c.source.Mono()
	t, who := c.readingAt(mono)
	if who == byNobody {
		return
	}
	c.mu.Lock()
	m, _ := c.memory.read(c.data, parseMemory) // damage was reported by readingAt
	noted := slices.ContainsFunc(m.Boots, func(b wire.BootTime) bool { return b.Boot == c.source.Boot() })
	c.mu.Unlock()
	if !noted {
		c.report(c.amend(func(m *memory) { m.note(c.bootTime(t, mono, who)) }), "boot time not kept")
	}
}

func (c *Clock) bootTime(wall time.Time, mono time.Duration, who by) wire.BootTime {
	return wire.BootTime{Boot: c.source.Boot(), Mono: mono.Milliseconds(), Wall: wall.UTC().Truncate(time.Millisecond), Clock: who.quality()}
}

// note puts b first in place of what was noted about the same boot.
func (m *memory) note(b wire.BootTime) {
	m.Boots = slices.DeleteFunc(m.Boots, func(o wire.BootTime) bool { return o.Boot == b.Boot })
	m.Boots = slices.Insert(m.Boots, 0, b)
	m.Boots = m.Boots[:min(len(m.Boots), maxBoots)]
}
