// Package session is one person's time at a station: it begins when somebody
// starts something, is warned about before it is taken away, and leaves
// nothing behind.
//
// [Machine] is the pure rule, a value without a clock; [Keeper] runs it with
// timers. Alone at a kiosk, a station that nobody touches for [Rules.IdleAfter]
// shows a warning that any touch extends, then ends the session. In a workshop
// nobody's work is taken away while they talk: only the person or the mediator
// ends a session.
//
// The package never knows who the person is: there is no session number, and
// all that is kept at the end is that one session ended, and how.
package session

import "time"

// Phase is where a session stands.
type Phase string

// The phases. Ended is the short farewell before the station is Idle again.
const (
	Idle    Phase = "idle"
	Active  Phase = "active"
	Warning Phase = "warning"
	Ended   Phase = "ended"
)

// Outcome says how a session ended; it is the outcome of the sessions counter.
type Outcome string

// A person or the mediator ended it, or nobody answered the warning.
const (
	ByPerson Outcome = "ended"
	ByIdle   Outcome = "idle"
)

// Rules are a station's delays.
type Rules struct {
	IdleAfter time.Duration // without a touch before the warning
	Grace     time.Duration // of the warning
	Farewell  time.Duration // of the Ended phase
	Workshop  bool          // no warning and no idle end
}

// DefaultRules are those of a station that nobody configured.
func DefaultRules() Rules {
	return Rules{IdleAfter: 180 * time.Second, Grace: 60 * time.Second, Farewell: 20 * time.Second}
}

// Machine is the state of a station's session and the moment of its next
// change by itself. The zero value is Idle.
type Machine struct {
	Phase Phase
	Next  time.Time // of the change that [Machine.Tick] makes; zero: none
}

// Begin starts a session; one that is open goes on as if touched.
func (m Machine) Begin(now time.Time, r Rules) Machine {
	return Machine{Phase: Active, Next: r.idleAt(now)}
}

// Touch is any action of the person: it answers a warning and starts the idle
// time again. Without a session it changes nothing.
func (m Machine) Touch(now time.Time, r Rules) Machine {
	if !m.Running() {
		return m
	}
	return m.Begin(now, r)
}

// End finishes a session. It reports false, and changes nothing, when there
// was none.
func (m Machine) End(now time.Time, r Rules) (Machine, bool) {
	if !m.Running() {
		return m, false
	}
	return Machine{Phase: Ended, Next: now.Add(r.Farewell)}, true
}

// Tick makes the change that is due at now. It reports true when that ended
// the session because nobody answered.
func (m Machine) Tick(now time.Time, r Rules) (next Machine, idle bool) {
	if m.Next.IsZero() || now.Before(m.Next) {
		return m, false
	}
	switch m.Phase {
	case Active:
		return Machine{Phase: Warning, Next: m.Next.Add(r.Grace)}, false
	case Warning:
		return Machine{Phase: Ended, Next: now.Add(r.Farewell)}, true
	}
	return Machine{Phase: Idle}, false
}

// Apply makes a change of rules take effect on a running session: entering a
// workshop drops a warning, leaving one starts the idle time again.
func (m Machine) Apply(now time.Time, r Rules) Machine {
	return m.Touch(now, r)
}

// Running reports whether somebody's session is open.
func (m Machine) Running() bool { return m.Phase == Active || m.Phase == Warning }

// Left is the time until the machine changes by itself, zero when it will not.
func (m Machine) Left(now time.Time) time.Duration {
	if m.Next.IsZero() {
		return 0
	}
	return max(0, m.Next.Sub(now))
}

func (r Rules) idleAt(now time.Time) time.Time {
	if r.Workshop {
		return time.Time{}
	}
	return now.Add(r.IdleAfter)
}
