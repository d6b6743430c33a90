package people

import (
	"sync"
	"time"
)

// Throttle slows down guessing: after a few failures of one login from one
// address, each further try has to wait twice as long as the one before, up to
// a quarter of an hour. An address that fails with many logins waits too. It
// is safe for concurrent use; the zero value is ready.
type Throttle struct {
	mu    sync.Mutex
	tries map[string]*try
}

type try struct {
	failures int
	until    time.Time
	last     time.Time
}

const (
	freeTries    = 5  // of one login from one address
	freeAddress  = 30 // of any login from one address
	longestDelay = 15 * time.Minute
	forgetAfter  = time.Hour
	mostTries    = 10_000 // remembered; more means an attack from everywhere
)

// Wait returns how long this login has to wait at this address; 0: go ahead.
func (t *Throttle) Wait(login, address string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var longest time.Duration
	for _, k := range keys(login, address) {
		if e := t.tries[k]; e != nil {
			longest = max(longest, e.until.Sub(now))
		}
	}
	return longest
}

// Failed notes a refused sign-in.
func (t *Throttle) Failed(login, address string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget(now)
	for i, k := range keys(login, address) {
		free := freeTries
		if i == 1 {
			free = freeAddress
		}
		t.tries[k] = t.tries[k].failed(now, free)
	}
}

// Succeeded forgets the failures of this login at this address.
func (t *Throttle) Succeeded(login, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, keys(login, address)[0])
}

func keys(login, address string) [2]string {
	return [2]string{address + "\x00" + login, address}
}

func (e *try) failed(now time.Time, free int) *try {
	if e == nil {
		e = &try{}
	}
	e.failures++
	e.last = now
	if over := e.failures - free; over >= 0 {
		e.until = now.Add(min(time.Second<<min(over, 20), longestDelay))
	}
	return e
}

// forget keeps the map small: old entries go, and when an attack fills it with
// new ones everything goes, which costs the attacker nothing he did not have.
func (t *Throttle) forget(now time.Time) {
	if t.tries == nil || len(t.tries) >= mostTries {
		kept := make(map[string]*try)
		for k, e := range t.tries {
			if now.Sub(e.last) < forgetAfter && e.until.After(now) && len(kept) < mostTries/2 {
				kept[k] = e
			}
		}
		t.tries = kept
	}
}
