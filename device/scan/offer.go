package scan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	holdFor      = 5 * time.Second // a launcher that restarts is back by then
	maxHeld      = 16
	maxQueue     = 16 // readings a listener may be behind before it is dropped
	maxListeners = 8
)

// Offer serves readings to every listener of a socket. A reading nobody was
// there for is held a few seconds, in memory, for the first who comes. The
// zero value is ready; Publish and Run may be called together.
type Offer struct {
	mu        sync.Mutex
	listeners map[*listener]bool
	held      []held
	open      map[string]int // devices, by name
	turned    chan struct{}  // closed when the first listener comes or the last goes
}

type listener struct {
	conn  net.Conn
	queue chan []byte
	news  chan struct{} // devices came or went
}

type held struct {
	line []byte
	at   time.Time
}

// Publish gives r to every listener and never waits for one: a listener too
// far behind is dropped and will connect again.
func (o *Offer) Publish(r Reading) {
	line, err := json.Marshal(r)
	if err != nil {
		return // a string, a string and a time always encode
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.listeners) == 0 {
		o.hold(append(line, '\n'))
		return
	}
	for l := range o.listeners {
		o.send(l, append(line[:len(line):len(line)], '\n'))
	}
}

func (o *Offer) hold(line []byte) {
	if len(o.held) == maxHeld {
		o.held = o.held[1:]
	}
	o.held = append(o.held, held{line, time.Now()})
}

func (o *Offer) send(l *listener, line []byte) {
	select {
	case l.queue <- line:
	default:
		o.drop(l)
		l.conn.Close()
	}
}

// drop forgets a listener, once.
func (o *Offer) drop(l *listener) {
	if o.listeners[l] {
		delete(o.listeners, l)
		o.turn(len(o.listeners) == 0)
	}
}

// turn wakes those who await, when there is a change.
func (o *Offer) turn(changed bool) {
	if changed && o.turned != nil {
		close(o.turned)
		o.turned = nil
	}
}

// await returns true once there are listeners, or once there are none, and
// false when ctx is done first.
func (o *Offer) await(ctx context.Context, listeners bool) bool {
	for {
		o.mu.Lock()
		if ctx.Err() == nil && (len(o.listeners) > 0) == listeners {
			o.mu.Unlock()
			return true
		}
		if o.turned == nil {
			o.turned = make(chan struct{})
		}
		turned := o.turned
		o.mu.Unlock()
		select {
		case <-turned:
		case <-ctx.Done():
			return false
		}
	}
}

// Run accepts listeners on ln until ctx is done, then closes ln and every
// connection and returns nil; it returns earlier when ln fails.
func (o *Offer) Run(ctx context.Context, ln net.Listener) error {
	var served sync.WaitGroup
	defer served.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	for {
		conn, err := ln.Accept()
		if err != nil {
			return o.ended(ctx, err)
		}
		served.Go(func() { o.serve(ctx, conn) })
	}
}

func (o *Offer) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("accept a listener: %w", err)
}

func (o *Offer) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	l, ok := o.admit(conn)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	var watch sync.WaitGroup
	watch.Go(func() { defer cancel(); untilGone(conn) })
	unsent := o.feed(ctx, l)
	cancel()
	watch.Wait()
	o.leave(l, unsent)
}

// untilGone returns when the peer has closed; a listener has nothing to say.
func untilGone(conn net.Conn) {
	var one [1]byte
	for {
		if _, err := conn.Read(one[:]); err != nil {
			return
		}
	}
}

// feed writes until the listener is gone and returns the line it did not get.
// The first line is empty: it says that the listener is admitted.
func (o *Offer) feed(ctx context.Context, l *listener) []byte {
	ticks := time.NewTicker(beat)
	defer ticks.Stop()
	if write(l.conn, []byte{'\n'}) != nil {
		return nil
	}
	for {
		select {
		case line := <-l.queue:
			if write(l.conn, line) != nil {
				return line
			}
		case <-l.news:
			if write(l.conn, o.present()) != nil {
				return nil
			}
		case <-ticks.C:
			if write(l.conn, []byte{'\n'}) != nil {
				return nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// admit registers a listener and hands it what was held.
func (o *Offer) admit(conn net.Conn) (*listener, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.listeners) == maxListeners {
		return nil, false
	}
	l := &listener{conn: conn, queue: make(chan []byte, maxQueue), news: make(chan struct{}, 1)}
	l.tell()
	if o.listeners == nil {
		o.listeners = make(map[*listener]bool)
	}
	o.listeners[l] = true
	o.turn(len(o.listeners) == 1)
	for _, h := range o.held {
		if time.Since(h.at) < holdFor {
			l.queue <- h.line
		}
	}
	o.held = nil
	return l, true
}

// leave forgets a listener. What it did not get is held again when nobody
// else got it.
func (o *Offer) leave(l *listener, unsent []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drop(l)
	if len(o.listeners) > 0 {
		return
	}
	if unsent != nil {
		o.hold(unsent)
	}
	for {
		select {
		case line := <-l.queue:
			o.hold(line)
		default:
			return
		}
	}
}

func write(conn net.Conn, line []byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(beat)); err != nil {
		return err
	}
	_, err := conn.Write(line)
	return err
}
