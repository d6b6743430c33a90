package identity_test

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

const (
	day  = 24 * time.Hour
	year = 365 * day
)

var start = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func newAuthority(t *testing.T) *identity.Authority {
	t.Helper()
	return authorityIn(t, t.TempDir())
}

func authorityIn(t *testing.T, dir string) *identity.Authority {
	t.Helper()
	if err := identity.CreateAuthority(dir, "Essai", start); err != nil {
		t.Fatal(err)
	}
	a, err := identity.OpenAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newStation(t testing.TB, a *identity.Authority, now time.Time) *identity.Station {
	t.Helper()
	keys, err := identity.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	p := identity.Peer{Tenant: "grandnancy", Station: identity.NewStationID(), Incarnation: 2}
	chain, _, err := a.IssueStation(p, &keys.TLS.PublicKey, now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := identity.NewStation(keys, chain, a.RootPEM(), "kit-1", "127.0.0.1:8883")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

var quiet = slog.New(slog.DiscardHandler)

// handshake connects a station to a server over loopback and returns what
// each side saw.
func handshake(t *testing.T, server, client *tls.Config) (state tls.ConnectionState, clientErr error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		if tc := c.(*tls.Conn); tc.Handshake() == nil {
			state = tc.ConnectionState()
		}
	}()
	d := tls.Dialer{Config: client, NetDialer: &net.Dialer{Timeout: 10 * time.Second}}
	c, clientErr := d.Dial("tcp", l.Addr().String())
	if clientErr == nil {
		_, _ = c.Read(make([]byte, 1)) // until the server closes
		c.Close()
	}
	<-done
	return state, clientErr
}

func TestStationAndServerKnowEachOther(t *testing.T) {
	a := newAuthority(t)
	s := newStation(t, a, start)
	server, err := a.Server([]string{"127.0.0.1", "kit.example"}, at(start), quiet)
	if err != nil {
		t.Fatal(err)
	}
	client := s.TLS(at(start))
	client.NextProtos = []string{identity.ProtoMQTT}
	state, err := handshake(t, server, client)
	if err != nil {
		t.Fatal(err)
	}
	p, err := identity.Gate{Root: a.Root()}.VerifyStation(start, state.PeerCertificates)
	if err != nil || p.Station != s.ID || p.Tenant != s.Tenant || p.Incarnation != 2 || p.Serial == "" {
		t.Errorf("VerifyStation = %+v, %v; want %s of %s", p, err, s.ID, s.Tenant)
	}
	if state.NegotiatedProtocol != identity.ProtoMQTT {
		t.Errorf("protocol = %q; want %q", state.NegotiatedProtocol, identity.ProtoMQTT)
	}
}

func TestStationChecksServerAtItsFloor(t *testing.T) {
	tests := []struct {
		name   string
		issued time.Duration // when the server's certificate was made, after start
		floor  time.Duration
		want   error
	}{
		{"right time", 0, 0, nil},
		{"station without a clock, floor long before", 0, -2 * year, nil},
		{"station off for 400 days, certificate renewed", 400 * day, 0, nil},
		{"certificate ended before the floor", 0, 91 * day, identity.ErrServer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAuthority(t)
			s := newStation(t, a, start)
			server, err := a.Server([]string{"127.0.0.1"}, at(start.Add(tt.issued)), quiet)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := handshake(t, server, s.TLS(at(start.Add(tt.floor)))); !errors.Is(err, tt.want) {
				t.Errorf("handshake = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestStationRefusesStrangers(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	s := newStation(t, a, start)
	tests := []struct {
		name   string
		server *identity.Authority
		host   string
	}{
		{"another authority", other, "127.0.0.1"},
		{"another host", a, "other.example"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, err := tt.server.Server([]string{tt.host}, at(start), quiet)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := handshake(t, server, s.TLS(at(start))); !errors.Is(err, identity.ErrServer) {
				t.Errorf("handshake = %v; want ErrServer", err)
			}
		})
	}
}

// A station's certificate must not open a server for other stations.
func TestStationCannotPassForTheServer(t *testing.T) {
	a := newAuthority(t)
	s := newStation(t, a, start)
	client := s.TLS(at(start))
	server := &tls.Config{Certificates: client.Certificates}
	if _, err := handshake(t, server, client); !errors.Is(err, identity.ErrServer) {
		t.Errorf("handshake = %v; want ErrServer", err)
	}
}

func TestStationIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "identity")
	if _, err := identity.LoadStation(dir); !errors.Is(err, identity.ErrNotEnrolled) {
		t.Errorf("LoadStation of nothing = %v; want ErrNotEnrolled", err)
	}
	s := newStation(t, newAuthority(t), start)
	if err := s.Save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := identity.LoadStation(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != s.ID || got.Tenant != s.Tenant || got.Incarnation != s.Incarnation || got.Kit != s.Kit ||
		got.Server != s.Server || !got.Ledger.Equal(s.Ledger) || got.Root() != s.Root() || !got.RenewAt().Equal(s.RenewAt()) {
		t.Errorf("LoadStation = %+v; want %+v", got, s)
	}
}

func TestDamagedIdentityIsNeverHalfRead(t *testing.T) {
	dir := t.TempDir()
	if err := newStation(t, newAuthority(t), start).Save(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "station.json")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(whole); n += 7 {
		if err := os.WriteFile(name, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := identity.LoadStation(dir); err == nil || errors.Is(err, identity.ErrNotEnrolled) {
			t.Fatalf("LoadStation of %d bytes = %v; want damage", n, err)
		}
	}
}

func TestRenewalKeepsTheNameAndTheLedger(t *testing.T) {
	a := newAuthority(t)
	s := newStation(t, a, start)
	fresh, err := identity.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	issue := func(p identity.Peer) []byte {
		chain, _, err := a.IssueStation(p, &fresh.TLS.PublicKey, start.Add(year/2))
		if err != nil {
			t.Fatal(err)
		}
		return chain
	}
	own := identity.Peer{Tenant: s.Tenant, Station: s.ID, Incarnation: s.Incarnation}
	n, err := s.Renewed(fresh.TLS, issue(own))
	if err != nil || n.ID != s.ID || !n.Ledger.Equal(s.Ledger) || !n.NotAfter().After(s.NotAfter()) {
		t.Errorf("Renewed = %+v, %v; want %s for longer", n, err, s.ID)
	}
	foreign := own
	foreign.Station = identity.NewStationID()
	if _, err := s.Renewed(fresh.TLS, issue(foreign)); err == nil {
		t.Error("Renewed with another station's certificate = nil; want an error")
	}
}
