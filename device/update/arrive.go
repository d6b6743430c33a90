package update

import (
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// arrive draws the conclusion of a start that proved healthy: the release is in,
// or it is not and the one before is back.
func (m *Machine) arrive(env slot.Env) {
	r := m.record()
	if r.Step != wire.BaseReady || !r.Slot.Valid() {
		return
	}
	step, reason := conclude(r, m.Boot, env)
	if reason == wire.ReasonHang && m.Full != nil && m.Full() {
		reason = wire.ReasonUnhealthy + ":disk" // it could not even note that
	}
	m.Log.Info("update has come to an end", "release", r.Release, "step", string(step), "reason", string(reason))
	if err := m.change(func(r *record) { r.end(step, reason) }); err != nil {
		m.Log.Error("update's record not written", "err", err)
	}
	if step != wire.BaseHealthy {
		return
	}
	if err := m.collect(); err != nil {
		m.Log.Warn("old userlands not removed", "err", err)
	}
}

// end notes what became of an armed release. One that was left is remembered until
// another is in: the fleet may order something else the moment it hears of it.
func (r *record) end(step wire.BaseStep, reason wire.Reason) {
	r.Step, r.Reason = step, reason
	switch step {
	case wire.BaseFailed:
		r.Left = Attempt{r.Release, r.Go}
	case wire.BaseHealthy:
		r.Left = Attempt{}
	}
}

// conclude says what became of a release that was armed. Only the slot that holds
// it says that it is healthy, only the other one that it failed.
func conclude(r record, boot slot.Boot, env slot.Env) (wire.BaseStep, wire.Reason) {
	s := env.State(r.Slot)
	switch {
	case boot.Slot == r.Slot && boot.Release == r.Release:
		return wire.BaseHealthy, ""
	case boot.Slot == r.Slot:
		return wire.BaseFailed, wire.ReasonVerify
	case s.Failed != "":
		return wire.BaseFailed, reasonOf(s.Failed, r.Missing)
	case !s.Valid:
		return wire.BaseChecking, "" // power was cut before it was armed
	case env.Trial == r.Slot && s.Retried && s.Tries > 0:
		return wire.BaseReady, wire.ReasonExhausted // it has another round
	case env.Trial == r.Slot && s.Tries > 0:
		return wire.BaseReady, "" // switched off before it had its chance
	}
	return wire.BaseFailed, wire.ReasonExhausted
}

// reasonOf puts what the loader remembers into the fleet's words.
func reasonOf(p slot.Problem, missing []string) wire.Reason {
	switch {
	case len(missing) > 0:
		return wire.ReasonUnhealthy + ":" + wire.Reason(missing[0])
	case p == slot.ProblemIntegrity:
		return wire.ReasonVerify
	case p == slot.ProblemExhausted:
		return wire.ReasonExhausted
	case p == slot.ProblemDeadline:
		return wire.ReasonHang
	}
	return wire.ReasonUnhealthy + ":" + wire.Reason(p)
}
