package clock

import (
	"runtime/debug"
	"time"
)

// firstRelease is before every build of this program.
var firstRelease = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// built returns when the running program's source was committed, which is
// certainly past.
func built() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return firstRelease
	}
	for _, s := range info.Settings {
		if t, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil && t.After(firstRelease) {
			return t.UTC()
		}
	}
	return firstRelease
}

// Floor returns the latest time that is certainly past: the build time, or
// the newest signed time seen.
func (c *Clock) Floor() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.floorLocked()
}

func (c *Clock) floorLocked() time.Time {
	m, err := c.memory.read(c.data, parseMemory)
	c.report(err, "clock memory damaged")
	if m.Floor.After(c.built) {
		return m.Floor
	}
	return c.built
}

// RaiseFloor moves the floor up to a time read in verified, signed metadata.
// An earlier time, or one that [Clock.Set] would call [ErrFuture], is ignored.
func (c *Clock) RaiseFloor(signed time.Time) {
	floor := c.Floor()
	if !signed.After(floor) || signed.After(floor.Add(horizon)) {
		return
	}
	c.report(c.amend(func(m *memory) { m.Floor = signed.UTC() }), "clock floor not kept")
}
