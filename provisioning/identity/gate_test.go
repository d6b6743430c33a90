package identity_test

import (
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

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
