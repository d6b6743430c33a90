package update

import (
	"context"
	"errors"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// Times between two looks.
const (
	atRest     = time.Hour        // nothing is to be done
	windowed   = 20 * time.Second // ready, and waiting for a quiet moment
	soon       = time.Second      // the next step
	again      = 2 * time.Minute  // after a line was cut
	restarting = 10 * time.Minute // for a restart that was asked for
	later      = time.Hour        // what failed for a reason that may pass
)

// failure ends a step for a reason that people are told.
type failure struct {
	reason wire.Reason
	err    error
}

func (f *failure) Error() string { return string(f.reason) + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func failed(reason wire.Reason, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) {
		reason = wire.ReasonSpace
	}
	if errors.Is(err, errVerify) && reason == wire.ReasonWrite {
		reason = wire.ReasonVerify
	}
	return &failure{reason, err}
}

// passes says of a reason that a later look may find it gone. The others stand
// until another attempt is ordered.
func passes(r wire.Reason) bool {
	switch r {
	case wire.ReasonSpace, wire.ReasonMetadata, wire.ReasonUnknown, wire.ReasonFormats:
		return true
	}
	return false
}

// stepsTo is what is done in each step. One that is missing needs nothing but a
// new order.
func stepsTo() map[wire.BaseStep]func(*Machine, context.Context, wire.Base) (time.Duration, error) {
	return map[wire.BaseStep]func(*Machine, context.Context, wire.Base) (time.Duration, error){
		wire.BaseChecking: (*Machine).check,
		wire.BaseFetching: (*Machine).fetch,
		wire.BaseReady:    (*Machine).await,
		wire.BaseFailed:   (*Machine).reconsider,
	}
}

// step does the next thing and returns when to look again.
func (m *Machine) step(ctx context.Context) time.Duration {
	want, told := m.wanted()
	if !told {
		return atRest
	}
	if want == nil || want.Release == m.Boot.Release {
		return m.rest(want)
	}
	if r := m.record(); r.Release != want.Release || r.Go != want.Go {
		if err := m.begin(*want); err != nil {
			m.Log.Error("update not begun", "err", err)
			return again
		}
	}
	do := stepsTo()[m.record().Step]
	if do == nil {
		return atRest
	}
	wait, err := do(m, ctx, *want)
	if err != nil && ctx.Err() == nil {
		return m.stumble(err)
	}
	return wait
}

// begin is a new attempt. One that was armed is called off first.
func (m *Machine) begin(want wire.Base) error {
	if err := m.callOff(); err != nil {
		return err
	}
	m.Log.Info("update begins", "release", want.Release, "from", m.Boot.Release)
	return m.change(func(r *record) {
		*r = record{Release: want.Release, Go: want.Go, Step: wire.BaseChecking, Left: r.Left}
	})
}

// rest is when nothing is wanted but what runs.
func (m *Machine) rest(want *wire.Base) time.Duration {
	if err := m.callOff(); err != nil {
		m.Log.Error("update not called off", "err", err)
		return again
	}
	next := record{Release: m.Boot.Release, Step: wire.BaseIdle}
	if want != nil {
		next.Go, next.Step = want.Go, wire.BaseHealthy
	}
	r := m.record()
	if r.Release == next.Release && r.Go == next.Go && r.Step == next.Step {
		return atRest
	}
	next.Left = r.Left
	if err := errors.Join(m.change(func(r *record) { *r = next }), clearBrought(m.Dir)); err != nil {
		m.Log.Error("update's record not written", "err", err)
		return again
	}
	return atRest
}

// stumble notes why a step did not end.
func (m *Machine) stumble(err error) time.Duration {
	reason := wire.ReasonFetch
	var f *failure
	if errors.As(err, &f) {
		reason = f.reason
	}
	m.Log.Warn("update held up", "reason", string(reason), "err", err)
	step, wait := wire.BaseFailed, later
	if reason == wire.ReasonFetch || reason == wire.ReasonMetered {
		step, wait = m.record().Step, jitter(again)
	}
	if err := m.change(func(r *record) { r.Step, r.Reason = step, reason }); err != nil {
		m.Log.Error("update's record not written", "err", err)
	}
	return wait
}

// reconsider looks again at what may have passed.
func (m *Machine) reconsider(context.Context, wire.Base) (time.Duration, error) {
	if !passes(m.record().Reason) {
		return atRest, nil
	}
	return soon, m.change(func(r *record) { r.Step = wire.BaseChecking })
}

// await switches in a quiet moment of a window; at a power-on the loader does.
func (m *Machine) await(ctx context.Context, want wire.Base) (time.Duration, error) {
	if m.Quiet == nil || len(want.Windows) == 0 || !m.Quiet(want.Windows) {
		return windowed, nil
	}
	m.Log.Info("station restarts to switch", "release", want.Release)
	if err := m.Restart(ctx); err != nil {
		m.Log.Error("station not restarted", "err", err)
	}
	return restarting, nil
}

// jitter spreads d over its upper half.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// unwilling says why the fleet's word on a release cannot be followed.
func unwilling(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, release.ErrNotFound):
		return failed(wire.ReasonUnknown, err)
	case errors.Is(err, release.ErrUntrusted), errors.Is(err, release.ErrMismatch), errors.Is(err, release.ErrExpired),
		errors.Is(err, release.ErrRollback), errors.Is(err, release.ErrTooLarge):
		return failed(wire.ReasonMetadata, err)
	}
	return failed(wire.ReasonFetch, err)
}
