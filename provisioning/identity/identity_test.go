package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
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

func chainOf(t *testing.T, s *identity.Station) []*x509.Certificate {
	t.Helper()
	var chain []*x509.Certificate
	for _, der := range s.TLS(at(start)).Certificates[0].Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, c)
	}
	return chain
}

func TestVerifyStation(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	s := newStation(t, a, start)
	chain := chainOf(t, s)
	revoked := func(identity.Peer) error { return identity.ErrRevoked }
	tests := []struct {
		name    string
		now     time.Time
		chain   []*x509.Certificate
		revoked func(identity.Peer) error
		want    error
	}{
		{"good", start, chain, nil, nil},
		{"last second", s.NotAfter(), chain, nil, nil},
		{"expired", s.NotAfter().Add(time.Second), chain, nil, identity.ErrExpired},
		{"expired for years", start.Add(5 * year), chain, nil, identity.ErrExpired},
		{"revoked", start, chain, revoked, identity.ErrRevoked},
		{"expired and revoked", start.Add(2 * year), chain, revoked, identity.ErrRevoked},
		{"not yet valid", start.Add(-day), chain, nil, identity.ErrUntrusted},
		{"none", start, nil, nil, identity.ErrNoCertificate},
		{"another authority", start, chainOf(t, newStation(t, other, start)), nil, identity.ErrUntrusted},
		{"another authority, expired", start.Add(2 * year), chainOf(t, newStation(t, other, start)), nil, identity.ErrUntrusted},
		{"no intermediate", start, chain[:1], nil, identity.ErrUntrusted},
		{"the intermediate itself", start, chain[1:], nil, identity.ErrUntrusted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := identity.Gate{Root: a.Root(), Revoked: tt.revoked}
			if _, err := g.VerifyStation(tt.now, tt.chain); !errors.Is(err, tt.want) {
				t.Errorf("VerifyStation = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestServerCertificateIsNoStation(t *testing.T) {
	a := newAuthority(t)
	c, err := a.Server([]string{"127.0.0.1"}, at(start), quiet)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := c.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	chain := []*x509.Certificate{cert.Leaf}
	if _, err := (identity.Gate{Root: a.Root()}).VerifyStation(start, chain); !errors.Is(err, identity.ErrUntrusted) {
		t.Errorf("VerifyStation(server certificate) = %v; want ErrUntrusted", err)
	}
}

func TestServerCertificateIsRenewedAtHalfLife(t *testing.T) {
	dir := t.TempDir()
	a := authorityIn(t, dir)
	now := start
	c, err := a.Server([]string{"127.0.0.1"}, func() time.Time { return now }, quiet)
	if err != nil {
		t.Fatal(err)
	}
	serial := func(c *tls.Config) string {
		cert, err := c.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return cert.Leaf.SerialNumber.String()
	}
	first := serial(c)
	now = start.Add(40 * day)
	if got := serial(c); got != first {
		t.Errorf("serial after 40 days = %s; want %s", got, first)
	}
	again, err := identity.OpenAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	c2, err := again.Server([]string{"127.0.0.1"}, func() time.Time { return now }, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if got := serial(c2); got != first {
		t.Errorf("serial after a restart = %s; want %s", got, first)
	}
	now = start.Add(46 * day)
	if got := serial(c); got == first {
		t.Errorf("serial after 46 days = %s; want another", got)
	}
}

func TestServerCertificateFollowsItsHosts(t *testing.T) {
	a := newAuthority(t)
	if _, err := a.Server([]string{"127.0.0.1"}, at(start), quiet); err != nil {
		t.Fatal(err)
	}
	c, err := a.Server([]string{"kit.example"}, at(start), quiet)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := c.GetCertificate(nil)
	if err != nil || cert.Leaf.VerifyHostname("kit.example") != nil {
		t.Errorf("certificate = %v, %v; want one for kit.example", cert, err)
	}
}

func TestAuthorityIsCreatedOnce(t *testing.T) {
	dir := t.TempDir()
	a := authorityIn(t, dir)
	if err := identity.CreateAuthority(dir, "Essai", start); !errors.Is(err, identity.ErrExists) {
		t.Errorf("CreateAuthority again = %v; want ErrExists", err)
	}
	b, err := identity.OpenAuthority(dir)
	if err != nil || b.Fingerprint() != a.Fingerprint() {
		t.Errorf("OpenAuthority = %v, %v; want the same root", b.Fingerprint(), err)
	}
}

func TestRootStaysOffline(t *testing.T) {
	dir := t.TempDir()
	authorityIn(t, dir)
	if err := os.Rename(filepath.Join(dir, "offline"), filepath.Join(t.TempDir(), "safe")); err != nil {
		t.Fatal(err)
	}
	a, err := identity.OpenAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := newStation(t, a, start)
	if _, err := (identity.Gate{Root: a.Root()}).VerifyStation(start, chainOf(t, s)); err != nil {
		t.Errorf("VerifyStation without the root key = %v; want nil", err)
	}
	if err := identity.RenewIntermediate(dir, start); err == nil {
		t.Error("RenewIntermediate without the root key = nil; want an error")
	}
}

func TestOldCertificatesOutliveTheIntermediate(t *testing.T) {
	dir := t.TempDir()
	a := authorityIn(t, dir)
	old := chainOf(t, newStation(t, a, start))
	if err := identity.RenewIntermediate(dir, start.Add(day)); err != nil {
		t.Fatal(err)
	}
	b, err := identity.OpenAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	g := identity.Gate{Root: b.Root()}
	for name, chain := range map[string][]*x509.Certificate{"old": old, "new": chainOf(t, newStation(t, b, start.Add(day)))} {
		if _, err := g.VerifyStation(start.Add(2*day), chain); err != nil {
			t.Errorf("VerifyStation(%s) = %v; want nil", name, err)
		}
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

func TestRequests(t *testing.T) {
	keys, err := identity.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	good, err := identity.Request(keys.TLS)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := identity.ParseRequest(good); err != nil || !key.Equal(&keys.TLS.PublicKey) {
		t.Errorf("ParseRequest = %v, %v; want the key", key, err)
	}
	big, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wrongCurve, err := identity.Request(big)
	if err != nil {
		t.Fatal(err)
	}
	forged := append([]byte(nil), good...)
	forged[len(forged)-1] ^= 1
	for name, der := range map[string][]byte{"nothing": nil, "noise": []byte("noise"), "another curve": wrongCurve, "forged": forged} {
		if _, err := identity.ParseRequest(der); !errors.Is(err, identity.ErrRequest) {
			t.Errorf("ParseRequest(%s) = %v; want ErrRequest", name, err)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	keys, err := identity.NewKeys()
	if err != nil {
		f.Fatal(err)
	}
	der, err := identity.Request(keys.TLS)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, der []byte) {
		if key, err := identity.ParseRequest(der); err == nil && key.Curve != elliptic.P256() {
			t.Errorf("ParseRequest accepted %v", key.Curve)
		}
	})
}

func FuzzNewStation(f *testing.F) {
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}), []byte("noise"))
	keys, err := identity.NewKeys()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, chain, root []byte) {
		if _, err := identity.NewStation(keys, chain, root, "", "localhost:1"); err == nil {
			t.Error("NewStation accepted a chain for no key of ours")
		}
	})
}

func TestStationIDsAreValid(t *testing.T) {
	for range 100 {
		if id := identity.NewStationID(); !id.Valid() {
			t.Fatalf("NewStationID() = %q; want a valid id", id)
		}
	}
}
