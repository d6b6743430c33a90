package enroll

import (
	"errors"
	"sync"
	"time"
)

// Waiting is the stations that show a code, in memory: a station asks every few
// seconds, and is forgotten soon after it stopped. Make it with [NewWaiting];
// it is safe for concurrent use.
type Waiting struct {
	now func() time.Time

	mu    sync.Mutex
	codes map[Code]*asked
}

// asked is one station.
type asked struct {
	from  string // the address that asks, as the guard counts it
	last  time.Time
	token string // "" until somebody approved
}

// How long a station is remembered that stopped asking, and how many may wait at
// once: strangers can ask too. A large hall's kits come from one address; nobody
// fills the list from one.
const (
	forgetAfter = time.Minute
	maxWaiting  = 1000
	maxTogether = 60
)

// ErrNobodyWaits says that no station shows that code.
var ErrNobodyWaits = errors.New("no station shows that code")

// NewWaiting returns an empty list.
func NewWaiting(now func() time.Time) *Waiting {
	return &Waiting{now: now, codes: map[Code]*asked{}}
}

// hear notes that a station asks from an address, and returns its token once it
// has one.
func (w *Waiting) hear(c Code, from string) (token string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	w.forget(now)
	a, ok := w.codes[c]
	if !ok && (len(w.codes) >= maxWaiting || w.together(from) >= maxTogether) {
		return "", fail(KindBusy, nil)
	}
	if !ok {
		a = &asked{from: from}
		w.codes[c] = a
	}
	a.last = now
	return a.token, nil
}

// together is how many wait at an address.
func (w *Waiting) together(from string) (n int) {
	for _, a := range w.codes {
		if a.from == from {
			n++
		}
	}
	return n
}

func (w *Waiting) forget(now time.Time) {
	for c, a := range w.codes {
		if now.Sub(a.last) > forgetAfter {
			delete(w.codes, c)
		}
	}
}

// Approve gives the station that shows the code the token that issue makes.
// It fails with [ErrNobodyWaits], and then issue is not called. Approving twice
// is approving once.
func (w *Waiting) Approve(c Code, issue func() (string, error)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(w.now())
	a, ok := w.codes[c]
	if !ok {
		return ErrNobodyWaits
	}
	if a.token != "" {
		return nil
	}
	token, err := issue()
	if err != nil {
		return err
	}
	a.token = token
	return nil
}
