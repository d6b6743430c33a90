package session

import (
	"context"
	"sync"
	"time"
)

// Keeper holds a station's session and lets time pass over it. Its methods are
// safe for concurrent use; [Keeper.Run] must be running for time to count.
type Keeper struct {
	ended func(Outcome)

	mu      sync.Mutex
	rules   Rules
	machine Machine
	changed chan struct{} // closed and replaced at each change
}

// NewKeeper returns a keeper at rest. It calls ended once for each session
// that ends, after the session is over and outside any lock: the place to drop
// what the server remembers of a person and to count.
func NewKeeper(rules Rules, ended func(Outcome)) *Keeper {
	return &Keeper{ended: ended, rules: rules, machine: Machine{Phase: Idle}, changed: make(chan struct{})}
}

// Begin starts a session, or goes on with the one that is open. It never
// fails; the error is there for stations where starting opens a sandbox.
func (k *Keeper) Begin() error {
	k.update(func(now time.Time) { k.machine = k.machine.Begin(now, k.rules) })
	return nil
}

// Touch says that the person has just done something.
func (k *Keeper) Touch() {
	k.update(func(now time.Time) { k.machine = k.machine.Touch(now, k.rules) })
}

// Extend answers the warning: the person is still there.
func (k *Keeper) Extend() { k.Touch() }

// End ends the session, if there is one: a person said "J'ai fini", or the
// mediator ended everybody's. When it returns, what the station remembered is
// gone.
func (k *Keeper) End() error {
	var was bool
	k.update(func(now time.Time) { k.machine, was = k.machine.End(now, k.rules) })
	if was {
		k.ended(ByPerson)
	}
	return nil
}

// Active reports whether somebody's session is open.
func (k *Keeper) Active() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.machine.Running()
}

// Idle is how long without a touch before the warning; zero in a workshop.
func (k *Keeper) Idle() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rules.Workshop {
		return 0
	}
	return k.rules.IdleAfter
}

// Warning returns the time left before the session ends by itself, while the
// warning is shown.
func (k *Keeper) Warning() (time.Duration, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.machine.Left(time.Now()), k.machine.Phase == Warning
}

// Apply changes the rules, also of the running session. Rules that are in
// force already change nothing.
func (k *Keeper) Apply(rules Rules) {
	k.mu.Lock()
	same := rules == k.rules
	k.mu.Unlock()
	if same {
		return
	}
	k.update(func(now time.Time) {
		k.rules, k.machine = rules, k.machine.Apply(now, rules)
	})
}

// Phase returns where the session stands.
func (k *Keeper) Phase() Phase {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.machine.Phase
}

// Changed returns a channel that is closed at the next change.
func (k *Keeper) Changed() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.changed
}

// Run lets time pass until ctx is done.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		changed, timer := k.wait()
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-changed:
			timer.Stop()
		case <-timer.C:
			k.tick()
		}
	}
}

// wait returns what ends the present wait: a change, or the next deadline.
func (k *Keeper) wait() (<-chan struct{}, *time.Timer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.machine.Next.IsZero() {
		return k.changed, time.NewTimer(time.Hour)
	}
	return k.changed, time.NewTimer(k.machine.Left(time.Now()))
}

func (k *Keeper) tick() {
	var idle bool
	k.update(func(now time.Time) { k.machine, idle = k.machine.Tick(now, k.rules) })
	if idle {
		k.ended(ByIdle)
	}
}

// update changes the machine and wakes those who watch it, if it changed.
func (k *Keeper) update(change func(now time.Time)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.machine
	change(time.Now())
	if k.machine != before {
		close(k.changed)
		k.changed = make(chan struct{})
	}
}
