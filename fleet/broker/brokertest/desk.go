package brokertest

import (
	"context"
	"sync"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// Received is one message as a handler saw it.
type Received struct {
	Peer    identity.Peer
	Topic   wire.Topic
	Payload string
}

// Message is something to say to a station.
type Message struct {
	Kind    wire.Kind
	Payload string
}

// Desk is a handler that keeps everything in memory. Set its fields before
// the broker starts.
type Desk struct {
	Fault func() error // if set, its error is the outcome of Receive
	Keep  []Message    // what Retained says

	mu   sync.Mutex
	got  []Received
	left chan Received
	once sync.Once
}

// Receive implements broker.Handler.
func (d *Desk) Receive(_ context.Context, peer identity.Peer, topic wire.Topic, payload []byte) error {
	if d.Fault != nil {
		if err := d.Fault(); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.got = append(d.got, Received{peer, topic, string(payload)})
	return nil
}

// Retained implements broker.Handler.
func (d *Desk) Retained(_ context.Context, _ identity.Peer, say func(wire.Kind, []byte)) error {
	for _, m := range d.Keep {
		say(m.Kind, []byte(m.Payload))
	}
	return nil
}

// Left implements broker.Handler.
func (d *Desk) Left(_ context.Context, peer identity.Peer, will []byte) {
	d.Leaving() <- Received{Peer: peer, Payload: string(will)}
}

// Leaving tells of every connection that ended, with its will as the payload.
func (d *Desk) Leaving() chan Received {
	d.once.Do(func() { d.left = make(chan Received, 4096) })
	return d.left
}

// Got returns what was received so far.
func (d *Desk) Got() []Received {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Received(nil), d.got...)
}
