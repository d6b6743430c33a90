package rollout

import (
	"math"
	"time"
)

// step does what time and outcomes ask for: stations that are late, waves that
// open, thresholds that stop, the end.
func (r *Rollout) step(now time.Time) (orders []Order) {
	r.expire(now)
	for r.Phase == Running {
		if why := r.threshold(); why != "" {
			r.halt(why, now)
			break
		}
		orders = append(orders, r.ask(now)...)
		if !r.waveOver(now) {
			break
		}
		if why := r.judge(); why != "" {
			r.halt(why, now)
			break
		}
		if r.Wave == len(r.Plan.Waves)-1 {
			r.Phase = Done
			break
		}
		r.open(r.Wave+1, now)
	}
	return orders
}

func (r *Rollout) halt(why Why, now time.Time) {
	r.Phase, r.Why, r.Stopped = Halted, why, now
}

// open starts a wave.
func (r *Rollout) open(wave int, now time.Time) {
	r.Wave, r.Opened, r.Proved, r.Passed = wave, now, time.Time{}, false
}

// expire settles what was waited for too long, whatever the phase is.
func (r *Rollout) expire(now time.Time) {
	over := !now.Before(r.Until)
	for i := range r.Members {
		m := &r.Members[i]
		waited := now.Sub(m.Since) >= r.Plan.Wait
		switch {
		case m.Outcome == Sent && (waited || over):
			m.become(Late, "", now)
		case m.Outcome == Returning && waited:
			m.become(Late, m.Reason, now)
		case m.Outcome == Waiting && over:
			m.become(Withdrawn, "", now)
		}
	}
	if over && !r.Phase.Over() {
		r.Phase, r.Why = Expired, ""
	}
}

// threshold tells when too many stations failed since a person last looked.
func (r *Rollout) threshold() Why {
	n := r.Tally(-1)
	failed, least := n[Failed]-r.Forgiven, 2
	if r.Wave == 0 {
		least = 1
	}
	if failed >= least && failed*100 >= r.Plan.Failure*(failed+n[Healthy]) {
		return TooManyFailed
	}
	return ""
}

// ask sends the order to stations of the open wave, kits together and no
// faster than the wave wants.
func (r *Rollout) ask(now time.Time) (orders []Order) {
	wave := r.wave(r.Wave)
	allowed := r.allowed(now)
	for i := range wave {
		m := &wave[i]
		sameKit := i > 0 && m.Kit != "" && m.Kit == wave[i-1].Kit
		if i >= allowed && !sameKit {
			break
		}
		if m.Outcome == Waiting {
			m.become(Sent, "", now)
			orders = append(orders, r.want(m, r.Plan.Release))
		}
	}
	return orders
}

// allowed is how many stations of the open wave may have been asked by now.
func (r *Rollout) allowed(now time.Time) int {
	rate := r.Plan.Waves[r.Wave].PerHour
	if rate == 0 {
		return math.MaxInt
	}
	return int(now.Sub(r.Opened).Hours()*float64(rate)) + 1
}

// waveOver reports whether the open wave needs no more waiting: all of it is
// settled, or its success has lasted.
func (r *Rollout) waveOver(now time.Time) bool {
	n := r.Tally(r.Wave)
	switch {
	case len(n) == 0: // fewer stations than waves
		return true
	case n[Waiting] > 0:
		return false
	}
	if !r.success() {
		r.Proved = time.Time{}
		return n[Sent] == 0 && n[Returning] == 0
	}
	if r.Proved.IsZero() {
		r.Proved = now
	}
	last := r.Wave == len(r.Plan.Waves)-1
	return now.Sub(r.Proved) >= r.Plan.Soak && (!last || n[Sent]+n[Returning] == 0)
}

// success reports whether enough stations of the open wave have proved the
// release. A wave in which all left or were taken out holds nobody back.
func (r *Rollout) success() bool {
	n := r.Tally(r.Wave)
	heard := n[Healthy] + n[Failed] + n[Sent]
	return r.Passed || heard+n[Late] == 0 || n[Healthy] > 0 && n[Healthy]*100 >= r.Plan.Success*heard
}

// judge says why the next wave may not open.
func (r *Rollout) judge() Why {
	n := r.Tally(r.Wave)
	switch {
	case r.success():
		return ""
	case n[Failed] > 0:
		return TooFewHealthy
	}
	return NobodyHeard
}

// Due is when time alone may next change the rollout. It may be early; it is
// zero when nothing is waited for.
func (r *Rollout) Due(now time.Time) time.Time {
	var due time.Time
	sooner := func(t time.Time) {
		if t.After(now) && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	if !r.Phase.Over() {
		sooner(r.Until)
	}
	for _, m := range r.Members {
		if m.Outcome == Sent || m.Outcome == Returning {
			sooner(m.Since.Add(r.Plan.Wait))
		}
	}
	if r.Phase == Running {
		r.dueWave(sooner, now)
	}
	return due
}

func (r *Rollout) dueWave(sooner func(time.Time), now time.Time) {
	if !r.Proved.IsZero() {
		sooner(r.Proved.Add(r.Plan.Soak))
	}
	if rate := r.Plan.Waves[r.Wave].PerHour; rate > 0 && r.Tally(r.Wave)[Waiting] > 0 {
		sooner(r.Opened.Add(time.Duration(float64(r.allowed(now)) / float64(rate) * float64(time.Hour))))
	}
}
