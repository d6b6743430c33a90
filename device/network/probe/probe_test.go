package probe_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/probe"
)

// fleet is a port that takes connections and says nothing.
func fleet(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	return ln.Addr().String()
}

// between is what answers plain HTTP; it counts what is told of the station.
func between(t *testing.T, status int, location string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if name != "Connection" {
				t.Errorf("probe sends %s; want no header of its own", name)
			}
		}
		if location != "" {
			w.Header().Set("Location", location)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

func TestPortals(t *testing.T) {
	long := "http://portail.example/" + strings.Repeat("x", 3000)
	tests := []struct {
		name     string
		status   int
		location string
		want     network.Outcome
		portal   string // "page": the one that was asked
	}{
		{"the fleet's own 204", 204, "", network.Works, ""},
		{"the fleet sends to its encrypted self", 301, "https://127.0.0.1/", network.Works, ""},
		{"an error", 404, "", network.Works, ""},
		{"redirected", 302, "http://portail.example/bienvenue?x=1", network.AtPortal, "http://portail.example/bienvenue?x=1"},
		{"redirected to encryption", 307, "https://portail.example/", network.AtPortal, "https://portail.example/"},
		{"welcome in place of the page", 200, "", network.AtPortal, "page"},
		{"says so", 511, "", network.AtPortal, "page"},
		{"to no page", 302, "javascript:alert(1)", network.AtPortal, "page"},
		{"with a name in it", 302, "http://moi:secret@portail.example/", network.AtPortal, "page"},
		{"far too long", 302, long, network.AtPortal, "page"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := between(t, tt.status, tt.location)
			want := tt.portal
			if want == "page" {
				want = page
			}
			got := probe.Try(t.Context(), probe.Target{Server: fleet(t), Page: page, Routed: true})
			if got.Outcome != tt.want || got.Portal != want {
				t.Errorf("Try = %+v; want %s, %q", got, tt.want, want)
			}
		})
	}
}

func TestWaysThatEnd(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	page := between(t, 204, "")
	tests := []struct {
		name string
		ask  probe.Target
		want network.Outcome
	}{
		{"nobody to ask", probe.Target{Routed: true}, network.Works},
		{"no router", probe.Target{Server: "fleet.invalid:443"}, network.Unrouted},
		{"no name server", probe.Target{Server: "fleet.invalid:443", Routed: true}, network.Nameless},
		{"name server is dead", probe.Target{Server: "fleet.invalid:443", Routed: true, Names: []netip.Addr{netip.MustParseAddr("127.0.0.99")}}, network.Nameless},
		{"fleet is down", probe.Target{Server: closed.Addr().String(), Page: page, Routed: true}, network.Fleetless},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := probe.Try(t.Context(), tt.ask); got.Outcome != tt.want || got.Portal != "" {
				t.Errorf("Try = %+v; want %s", got, tt.want)
			}
		})
	}
}
