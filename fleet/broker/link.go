package broker

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// link is one connection and who is at its other end.
type link struct {
	net.Conn
	peer identity.Peer
	will []byte        // set before the session starts
	gone chan struct{} // closed when the connection's goroutine has left
}

func newLink(conn net.Conn, peer identity.Peer) *link {
	return &link{Conn: conn, peer: peer, gone: make(chan struct{})}
}

// Close closes the socket at once. TLS's own Close would first try to say so
// to a peer that perhaps reads nothing any more.
func (l *link) Close() error {
	conn := l.Conn
	if s, ok := conn.(*stream); ok {
		conn = s.Conn
	}
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	return conn.Close()
}

// links knows the connection of every station: at most one each.
type links struct {
	mu     sync.Mutex
	byName map[name]*link
	closed bool
	active sync.WaitGroup
}

type name struct {
	tenant  wire.Tenant
	station wire.Station
}

func newLinks() *links { return &links{byName: make(map[name]*link)} }

func (l *link) name() name { return name{l.peer.Tenant, l.peer.Station} }

// admit ends the station's other connection, waits until it has left and puts
// l in its place. It reports whether l may go on; remove must follow then.
func (ls *links) admit(ctx context.Context, l *link) bool {
	for {
		old, ok := ls.place(l)
		if old == nil {
			return ok
		}
		old.Close()
		select {
		case <-old.gone:
		case <-ctx.Done():
			return false
		}
	}
}

// place puts l in a free place, or returns who has it.
func (ls *links) place(l *link) (old *link, ok bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.closed {
		return nil, false
	}
	if old := ls.byName[l.name()]; old != nil {
		return old, false
	}
	ls.byName[l.name()] = l
	ls.active.Add(1)
	return nil, true
}

func (ls *links) remove(l *link) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	delete(ls.byName, l.name())
	close(l.gone)
	ls.active.Done()
}

func (ls *links) find(tenant wire.Tenant, station wire.Station) *link {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.byName[name{tenant, station}]
}

func (ls *links) count() int {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return len(ls.byName)
}

func (ls *links) cut(tenant wire.Tenant, station wire.Station) {
	if l := ls.find(tenant, station); l != nil {
		l.Close()
	}
}

// close ends every connection, admits no other and waits for their goroutines.
func (ls *links) close() {
	ls.mu.Lock()
	ls.closed = true
	for _, l := range ls.byName {
		l.Close()
	}
	ls.mu.Unlock()
	ls.active.Wait()
}
