package release_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// counted counts what crosses a connection, both ways.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.n.Add(int64(n))
	return n, err
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.n.Add(int64(n))
	return n, err
}

// TestIdleCheckIsSmall asks whether there is anything new when there is not:
// what a station does every day for years.
func TestIdleCheckIsSmall(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	f.release(t, "1")
	s := httptest.NewServer(http.StripPrefix(release.Path, f.Handler(func(*http.Request) (wire.Tenant, error) { return nancy, nil })))
	defer s.Close()
	var n atomic.Int64
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return counted{conn, &n}, err
	}}}
	defer client.CloseIdleConnections()
	from := release.HTTP(client, s.URL+release.Path)
	refresh(t, c, from, f.now)
	first := n.Swap(0)
	refresh(t, c, from, f.now)
	t.Logf("first refresh %d bytes, idle check %d", first, n.Load())
	if got := n.Load(); got >= 1024 {
		t.Errorf("idle check = %d bytes, requests and headers included; want less than 1024", got)
	}
}
