package session_test

import (
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/session"
)

var start = time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)

func TestMachineFollowsOnePersonsTime(t *testing.T) {
	rules := session.DefaultRules()
	cases := []struct {
		name   string
		rules  session.Rules
		touch  []time.Duration // since start; the first begins
		at     time.Duration
		want   session.Phase
		left   time.Duration
		byIdle bool
	}{
		{"nobody came", rules, nil, time.Hour, session.Idle, 0, false},
		{"just started", rules, []time.Duration{0}, time.Second, session.Active, 179 * time.Second, false},
		{"one second before the warning", rules, []time.Duration{0}, 179 * time.Second, session.Active, time.Second, false},
		{"warned", rules, []time.Duration{0}, 180 * time.Second, session.Warning, 60 * time.Second, false},
		{"a touch in the warning goes on", rules, []time.Duration{0, 200 * time.Second}, 201 * time.Second, session.Active, 179 * time.Second, false},
		{"nobody answered", rules, []time.Duration{0}, 240 * time.Second, session.Ended, 20 * time.Second, true},
		{"the farewell is over", rules, []time.Duration{0}, 260 * time.Second, session.Idle, 0, true},
		{"a workshop has all day", workshop(rules), []time.Duration{0}, 8 * time.Hour, session.Active, 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, byIdle := play(c.rules, c.touch, c.at)
			if m.Phase != c.want || m.Left(start.Add(c.at)) != c.left || byIdle != c.byIdle {
				t.Errorf("after %v = %v, %v left, idle %v; want %v, %v, %v",
					c.at, m.Phase, m.Left(start.Add(c.at)), byIdle, c.want, c.left, c.byIdle)
			}
		})
	}
}

// play runs a machine second by second.
func play(rules session.Rules, touches []time.Duration, until time.Duration) (m session.Machine, byIdle bool) {
	m.Phase = session.Idle
	for at := time.Duration(0); at <= until; at += time.Second {
		var idle bool
		m, idle = m.Tick(start.Add(at), rules)
		byIdle = byIdle || idle
		for _, touch := range touches {
			if touch == at {
				m = step(m, start.Add(at), rules)
			}
		}
	}
	return m, byIdle
}

// step is what a person at the station does: begin, then touch.
func step(m session.Machine, at time.Time, rules session.Rules) session.Machine {
	if !m.Running() {
		return m.Begin(at, rules)
	}
	return m.Touch(at, rules)
}

func workshop(r session.Rules) session.Rules {
	r.Workshop = true
	return r
}

func TestEndWithoutASessionChangesNothing(t *testing.T) {
	idle := session.Machine{Phase: session.Idle}
	if m, was := idle.End(start, session.DefaultRules()); was || m != idle {
		t.Errorf("End at rest = %v, %v; want %v, false", m, was, idle)
	}
}

func TestTouchWithoutASessionChangesNothing(t *testing.T) {
	idle := session.Machine{Phase: session.Idle}
	if m := idle.Touch(start, session.DefaultRules()); m != idle {
		t.Errorf("Touch at rest = %v; want %v", m, idle)
	}
}

func TestApply(t *testing.T) {
	rules := session.DefaultRules()
	warned := session.Machine{Phase: session.Warning, Next: start.Add(time.Second)}
	cases := []struct {
		name  string
		from  session.Machine
		rules session.Rules
		want  session.Machine
	}{
		{"a workshop drops the warning", warned, workshop(rules), session.Machine{Phase: session.Active}},
		{"the end of a workshop starts the idle time", session.Machine{Phase: session.Active}, rules,
			session.Machine{Phase: session.Active, Next: start.Add(rules.IdleAfter)}},
		{"a station at rest stays so", session.Machine{Phase: session.Idle}, rules, session.Machine{Phase: session.Idle}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.from.Apply(start, c.rules); got != c.want {
				t.Errorf("Apply = %+v; want %+v", got, c.want)
			}
		})
	}
}
