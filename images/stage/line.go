package stage

import (
	"context"
	"io"
	"net"
	"sync"
)

// Line is a network line between a station and the fleet server that a story
// can cut, freeze and mend. Its methods are safe for concurrent use.
type Line struct {
	listener net.Listener
	to       string

	mu      sync.Mutex
	state   lineState
	changed chan struct{} // closed at every change of state
	open    map[net.Conn]struct{}
	wg      sync.WaitGroup
	ctx     context.Context
	stop    context.CancelFunc
}

type lineState int

const (
	lineUp     lineState = iota
	lineCut              // connections end, new ones are refused
	lineFrozen           // connections stay and nothing passes: half-open
)

// NewLine listens on a free port of loopback and leads to the address to.
func NewLine(to string) (*Line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Line{listener: listener, to: to, changed: make(chan struct{}), open: map[net.Conn]struct{}{}}
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.wg.Go(l.accept)
	return l, nil
}

// Addr returns host:port of the near end.
func (l *Line) Addr() string { return l.listener.Addr().String() }

// Cut ends every connection and refuses new ones.
func (l *Line) Cut() {
	l.set(lineCut)
	l.hangUp()
}

// Freeze lets nothing pass, without ending anything: what a half-open
// connection looks like from both ends.
func (l *Line) Freeze() { l.set(lineFrozen) }

// Mend lets everything pass again.
func (l *Line) Mend() { l.set(lineUp) }

// Close cuts the line for good and waits for what it was doing.
func (l *Line) Close() {
	l.stop()
	l.listener.Close()
	l.hangUp()
	l.wg.Wait()
}

func (l *Line) set(state lineState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = state
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.open {
		conn.Close()
	}
}

func (l *Line) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.wg.Go(func() { l.carry(near) })
	}
}

func (l *Line) carry(near net.Conn) {
	defer near.Close()
	if !l.keep(near) {
		return
	}
	defer l.forget(near)
	far, err := net.Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer far.Close()
	if !l.keep(far) {
		return
	}
	defer l.forget(far)
	var both sync.WaitGroup
	both.Go(func() { l.copy(far, near) })
	both.Go(func() { l.copy(near, far) })
	both.Wait()
}

// keep remembers a connection so that Cut ends it; false means: end it now.
func (l *Line) keep(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == lineCut || l.ctx.Err() != nil {
		return false
	}
	l.open[conn] = struct{}{}
	return true
}

func (l *Line) forget(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, conn)
}

func (l *Line) copy(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !l.pass(to, buffer[:n]) {
			return
		}
		if err != nil {
			return
		}
	}
}

// pass writes when the line is up, waits while it is frozen, and is false when
// there is nothing to write to any more.
func (l *Line) pass(to io.Writer, data []byte) bool {
	for {
		l.mu.Lock()
		state, changed := l.state, l.changed
		l.mu.Unlock()
		switch state {
		case lineUp:
			_, err := to.Write(data)
			return err == nil
		case lineCut:
			return false
		}
		select {
		case <-changed:
		case <-l.ctx.Done():
			return false
		}
	}
}
