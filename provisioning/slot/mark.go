package slot

// MarkGood records a healthy start of the slot: its counter is full again, and
// a trial has succeeded.
func (e Env) MarkGood(id ID) Env {
	e = e.with(id, fresh())
	e.Good, e.Desperate = id, false
	if e.Trial == id {
		e.Trial, e.Preferred = None, id
	}
	return e
}

// MarkInvalid comes before the first byte of a slot is overwritten.
func (e Env) MarkInvalid(id ID) Env {
	e = e.with(id, State{})
	if e.Preferred == id {
		e.Preferred = id.Other()
	}
	if e.Trial == id {
		e.Trial = None
	}
	return e
}

// Arm puts a slot on trial that was written and verified whole.
func (e Env) Arm(id ID) Env {
	e = e.with(id, fresh())
	e.Preferred, e.Trial = id, id
	return e
}

// MarkFailed records why a start of the slot went wrong. A trial ends with it;
// any other slot keeps the tries it has left.
func (e Env) MarkFailed(id ID, why Problem) Env {
	s := e.State(id)
	s.Failed = why
	if e.Trial == id {
		s.Tries = 0
	}
	return e.with(id, s)
}

// Settle decides about the slot that is not running, once the running one was
// marked good. A preferred slot that did not come up without a recorded failure
// (somebody switched off three times) is tried once more at the next start; the
// second time, or with a recorded failure, it is given up. A slot that only
// waits as the fall-back gets its tries back.
func (e Env) Settle(running ID) Env {
	other := running.Other()
	s := e.State(other)
	if !s.Valid {
		return e
	}
	if e.Preferred == running {
		return e.refill(other)
	}
	if s.Failed == "" && !s.Retried {
		s.Tries, s.Retried = MaxTries, true
		return e.with(other, s)
	}
	return e.giveUp(other)
}

func (e Env) refill(id ID) Env {
	s := e.State(id)
	if s.Failed == "" {
		s.Tries = MaxTries
	}
	return e.with(id, s)
}

func (e Env) giveUp(id ID) Env {
	s := e.State(id)
	s.Tries = 0
	if s.Failed == "" {
		s.Failed = ProblemExhausted
	}
	e = e.with(id, s)
	e.Preferred = id.Other()
	if e.Trial == id {
		e.Trial = None
	}
	return e
}

// GivenUp returns the slot whose failure is to be reported, with its reason.
func (e Env) GivenUp() (ID, Problem) {
	other := e.Preferred.Other()
	if s := e.State(other); s.Failed != "" && s.Tries == 0 {
		return other, s.Failed
	}
	return None, ""
}
