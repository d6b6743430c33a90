package workshop

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Why the door stays shut; test with errors.Is.
var (
	// ErrNotOurs says that a card is another operator's or structure's, or
	// that its signature is none of ours.
	ErrNotOurs = errors.New("card does not open this station")
	// ErrUnknownKey says that a card claims to be ours and was signed with a
	// key that this station has not heard of, yet.
	ErrUnknownKey = errors.New("key of the card is not known")
	// ErrRevoked says that the card was declared lost.
	ErrRevoked = errors.New("card was revoked")
	// ErrCardDate says that the card is not valid on this day.
	ErrCardDate = errors.New("card is out of its dates")
	// ErrPIN says that the PIN is not one of the structure's.
	ErrPIN = errors.New("wrong PIN")
	// ErrNoPIN says that the structure has no PIN.
	ErrNoPIN = errors.New("no PIN is set")
	// ErrWait says that it is too early for another PIN; see [Door.Wait].
	ErrWait = errors.New("too early for another PIN")
)

// AutoLock is how long mediator mode stays open without being used.
const AutoLock = 5 * time.Minute

// Grant is mediator mode while it is open. Card is 0 when a PIN opened it.
type Grant struct{ Card pass.CardID }

// Keys is what the door checks against; it is asked at each attempt.
type Keys struct {
	Cards     pass.Cards
	Tenant    string
	Structure pass.Structure
	Today     pass.Day // civil day; 0: nobody stands for the date
	Earliest  pass.Day // it cannot be earlier than this
}

// Door opens mediator mode at a station. Make it with [NewDoor]; it is safe
// for concurrent use.
type Door struct {
	keys  func() Keys
	tries *tries
	log   *slog.Logger

	mu      sync.Mutex
	grant   *Grant
	used    time.Time
	changed chan struct{}
}

// NewDoor returns a shut door. The file at path remembers failed PINs, so that
// switching the station off and on gives no further tries.
func NewDoor(path string, keys func() Keys, log *slog.Logger) *Door {
	return &Door{keys: keys, tries: loadTries(path, log), log: log, changed: make(chan struct{})}
}

// Grant returns mediator mode and reports whether it is open. It does not
// count as use.
func (d *Door) Grant() (Grant, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.grant == nil {
		return Grant{}, false
	}
	return *d.grant, true
}

// Use returns mediator mode, and keeps it open for another [AutoLock].
func (d *Door) Use() (Grant, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.grant == nil {
		return Grant{}, false
	}
	d.used = time.Now()
	return *d.grant, true
}

// Lock shuts the door.
func (d *Door) Lock() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.grant != nil {
		d.set(nil)
	}
}

// Wait is how long until another PIN may be tried.
func (d *Door) Wait() time.Duration { return d.tries.wait(time.Now()) }

// Changed returns a channel that is closed when the door opens or shuts.
func (d *Door) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// Run shuts the door when nobody has used it for [AutoLock], until ctx is done.
func (d *Door) Run(ctx context.Context) error {
	for {
		changed, left := d.left()
		timer := time.NewTimer(left)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-changed:
			timer.Stop()
		case <-timer.C:
			d.expire()
		}
	}
}

func (d *Door) left() (<-chan struct{}, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.grant == nil {
		return d.changed, time.Hour
	}
	return d.changed, time.Until(d.used.Add(AutoLock))
}

func (d *Door) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.grant != nil && time.Since(d.used) >= AutoLock {
		d.log.Info("mediator mode closed", "why", "unused")
		d.set(nil)
	}
}

func (d *Door) open(g Grant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log.Info("mediator mode opened", "by_card", g.Card != 0)
	d.set(&g)
}

func (d *Door) set(g *Grant) {
	d.grant, d.used = g, time.Now()
	close(d.changed)
	d.changed = make(chan struct{})
}
