package session

import (
	"context"
	"sync"
	"time"
)

// View is what a screen needs to know of a session.
type View struct {
	Phase    Phase
	Left     time.Duration // until the next change by itself; 0: none
	Workshop bool
}

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

// Touch starts a session or goes on with it.
func (k *Keeper) Touch() {
	k.update(func(now time.Time) { k.machine = k.machine.Touch(now, k.rules) })
}

// End ends the session, if there is one: a person said "J'ai fini", or the
// mediator ended everybody's.
func (k *Keeper) End() {
	var was bool
	k.update(func(now time.Time) { k.machine, was = k.machine.End(now, k.rules) })
	if was {
		k.ended(ByPerson)
	}
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

// View returns the state of the session now.
func (k *Keeper) View() View {
	k.mu.Lock()
	defer k.mu.Unlock()
	return View{Phase: k.machine.Phase, Left: k.machine.Left(time.Now()), Workshop: k.rules.Workshop}
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

// update changes the machine and wakes those who watch it.
func (k *Keeper) update(change func(now time.Time)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(time.Now())
	close(k.changed)
	k.changed = make(chan struct{})
}
