package uplink_test

import (
	"crypto/ed25519"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	must(t, err)
	return key
}

// connected waits for a connection and returns its way.
func (k *kit) connected() uplink.Way {
	k.t.Helper()
	var sample wire.Telemetry // comes once the connection is in use
	k.f.until("connected", func() bool { return k.f.last(wire.KindTelemetry, &sample) })
	return k.up.Status().Way
}

func TestWebSocketWhereOnlyThatPasses(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	k.tune = func(c *uplink.Config) { c.Server = func() string { return f.web } }
	k.startAgent()
	if got := k.connected(); got != uplink.WayWeb {
		t.Errorf("way = %q; want %q", got, uplink.WayWeb)
	}
}

// connectProxy is an HTTP proxy that knows where name really is.
func connectProxy(t *testing.T, name, really string) (*url.URL, *atomic.Int32) {
	t.Helper()
	var used atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != name {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		used.Add(1)
		far, err := net.Dial("tcp", really)
		if err != nil {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		near, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { io.Copy(far, near); far.Close() }()
		io.Copy(near, far)
		near.Close()
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	must(t, err)
	return u, &used
}

func TestProxyIsTheLastWayAndIsRemembered(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	name := closed.Addr().String() // nobody answers there, but the proxy knows better
	closed.Close()
	proxy, used := connectProxy(t, name, f.web)
	k.tune = func(c *uplink.Config) {
		c.Server = func() string { return name }
		c.Proxy = func(*http.Request) (*url.URL, error) { return proxy, nil }
	}
	k.startAgent()
	if got := k.connected(); got != uplink.WayProxy || used.Load() == 0 {
		t.Errorf("way = %q, proxy used %d times; want %q", got, used.Load(), uplink.WayProxy)
	}
	k.stopAgent()
	again, err := uplink.New(k.config())
	must(t, err)
	if got := again.Ways()[0]; got != uplink.WayProxy {
		t.Errorf("first way after a restart = %q; want %q", got, uplink.WayProxy)
	}
}
