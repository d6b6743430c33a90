package gate_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/mallette-kit/mallette/device/sandbox/gate"
)

// open runs a gate and returns a browser that goes through it.
func open(t *testing.T) *http.Client {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate.Gate{Log: slog.New(slog.DiscardHandler), Own: func() ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("203.0.113.7")}, nil
	}}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- g.Run(ctx, ln) }()
	t.Cleanup(func() { stop(); <-done })
	way := &url.URL{Scheme: "http", Host: ln.Addr().String()}
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(way), DisableKeepAlives: true}}
}

// Whatever is on this machine stays out of reach, by whatever name.
func TestStationCannotBeReached(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "secret") }))
	defer service.Close()
	_, port, _ := net.SplitHostPort(service.Listener.Addr().String())
	browser := open(t)
	for _, c := range []struct{ name, url string }{
		{"loopback", "http://127.0.0.1:8080/"},
		{"another loopback", "http://127.99.1.2:80/"},
		{"its name", "http://localhost:8080/metrics"},
		{"all zeros", "http://0.0.0.0:80/"},
		{"IPv6 loopback", "http://[::1]:8080/"},
		{"mapped loopback", "http://[::ffff:127.0.0.1]:8080/"},
		{"own address", "http://203.0.113.7/"},
		{"link-local, where clouds and neighbours listen", "http://169.254.169.254/"},
		{"multicast", "http://224.0.0.251/"},
		{"the very port of a service", "http://127.0.0.1:" + port + "/"},
		{"a port that serves no pages", "http://192.0.2.1:25/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, err := browser.Get(c.url)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusForbidden || string(text) == "secret" {
				t.Errorf("GET %s = %d %q; want 403", c.url, resp.StatusCode, text)
			}
		})
	}
}

func TestTunnelsToTheStationAreRefused(t *testing.T) {
	browser := open(t)
	for _, to := range []string{"https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://203.0.113.7/"} {
		if resp, err := browser.Get(to); err == nil {
			resp.Body.Close()
			t.Errorf("GET %s = %d; want a refused tunnel", to, resp.StatusCode)
		}
	}
}

func TestNotAProxyRequest(t *testing.T) {
	w := httptest.NewRecorder()
	(&gate.Gate{Log: slog.New(slog.DiscardHandler)}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusBadRequest {
		t.Errorf("GET / = %d; want 400", w.Code)
	}
}
