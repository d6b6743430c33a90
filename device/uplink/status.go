package uplink

import (
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Status is how the uplink stands, for the people at the station.
type Status struct {
	Online   bool
	Way      Way       // of the connection, or the last one that worked
	Ack      wire.Ack  // what the fleet has stored
	LastSync time.Time // when the fleet last said so; zero: never, or nobody knew the time
	Waiting  time.Time // since when something waits, to the hour; zero: nothing, or nobody knew the time
	Desired  uint64    // version of the desired state in use
	Refused  []string  // closed names of what was refused, e.g. "desired_old"
}

// Status returns how the uplink stands.
func (u *Uplink) Status() Status {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.status
	s.Refused = slices.Clone(s.Refused)
	return s
}

func (u *Uplink) change(f func(*Status)) {
	u.mu.Lock()
	f(&u.status)
	u.mu.Unlock()
	if u.cfg.Changed != nil {
		u.cfg.Changed(u.Status())
	}
}

// refuse remembers why something from the fleet was not done.
func (u *Uplink) refuse(why string) {
	u.log.Warn("message refused", "why", why)
	u.change(func(s *Status) {
		if !slices.Contains(s.Refused, why) && len(s.Refused) < 32 {
			s.Refused = append(s.Refused, why)
		}
	})
}

// accept forgets earlier refusals of the same kind.
func (u *Uplink) accept(kinds ...string) {
	u.change(func(s *Status) {
		s.Refused = slices.DeleteFunc(s.Refused, func(why string) bool { return slices.Contains(kinds, why) })
	})
}
