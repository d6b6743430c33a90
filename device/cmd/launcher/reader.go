package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/hardware/panel"
)

// cardErrorTime is how long the door says why a card did not open it.
const cardErrorTime = 20 * time.Second

// reader takes what the passreader read to where it belongs: a card to the
// door, a pass to the desk, or to the tray while the door is shut.
type reader struct {
	listener scan.Listener
	run      string // where readers.json is kept
	door     *workshop.Door
	desk     *desk
	tray     *redeem.Tray
	asked    func() bool // the structure takes passes, here or at another station
	signal   func(panel.Signal)
	own      func(pass.SignedOwn) // takes a person's own card

	connected atomic.Bool
	mu        sync.Mutex
	refused   error
	at        time.Time
}

// Run takes readings until ctx is done.
func (r *reader) Run(ctx context.Context) error {
	l := r.listener
	l.Connected, l.Readers = r.connected.Store, r.keepReaders
	r.keepReaders(nil)
	return l.Run(ctx, func(reading scan.Reading) { r.take(ctx, reading.Code) })
}

func (r *reader) take(ctx context.Context, text string) {
	code, err := pass.Read(text)
	if err == nil && code.Kind == pass.KindCard {
		r.card(code.Card)
		return
	}
	if err == nil && code.Kind == pass.KindOwn {
		r.own(code.Own)
		return
	}
	if _, open := r.door.Use(); open && r.desk.Takes() {
		r.desk.Show(ctx, text)
		return
	}
	r.public(text)
}

func (r *reader) card(card pass.SignedCard) {
	err := r.door.ByCard(card)
	r.mu.Lock()
	r.refused, r.at = err, time.Now()
	r.mu.Unlock()
	r.signal(panel.Answered)
}

// public answers everybody the same way, whatever the pass is worth.
func (r *reader) public(text string) {
	switch {
	case r.desk.Takes():
		r.tray.Put(text)
		r.desk.notify()
	case r.asked():
		r.tray.Nod()
	default:
		return
	}
	r.signal(panel.Attention)
}

// CardError is why the last card did not open the door, for a moment.
func (r *reader) CardError() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) > cardErrorTime {
		return nil
	}
	return r.refused
}
