package identity

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Station is the identity of one station. Treat it as read-only.
type Station struct {
	Tenant      wire.Tenant
	ID          wire.Station
	Incarnation uint32
	Kit         string
	Server      string // host:port of the fleet
	Ledger      ed25519.PrivateKey

	root *x509.Certificate
	pair pair

	// What is not kept: see [Station.Reaching].
	reach string
	more  []*x509.Certificate
}

// Keys are a station's private keys before it has an identity.
type Keys struct {
	TLS    *ecdsa.PrivateKey
	Ledger ed25519.PrivateKey
}

// NewKeys makes a station's keys.
func NewKeys() (Keys, error) {
	t, err := newKey()
	if err != nil {
		return Keys{}, fmt.Errorf("make TLS key: %w", err)
	}
	_, l, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Keys{}, fmt.Errorf("make ledger key: %w", err)
	}
	return Keys{t, l}, nil
}

// Request returns the certificate request (PKCS #10, DER) for key.
func Request(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate request: %w", err)
	}
	return der, nil
}

// NewStation joins keys with the certificates that the fleet answered: chain
// (PEM, leaf first) and root (PEM). It fails unless the chain is for the TLS
// key and leads to root; names come from the certificate.
func NewStation(keys Keys, chain, root []byte, kit, server string) (*Station, error) {
	certs, err := parseCertificates(chain)
	if err != nil {
		return nil, fmt.Errorf("station certificate: %w", err)
	}
	roots, err := parseCertificates(root)
	if err != nil {
		return nil, fmt.Errorf("root certificate: %w", err)
	}
	s := &Station{Kit: kit, Server: server, Ledger: keys.Ledger, root: roots[0], pair: pair{keys.TLS, certs}}
	return s, s.check()
}

// check fills in what the certificate says.
func (s *Station) check() error {
	leaf := s.pair.leaf()
	if !s.pair.key.PublicKey.Equal(leaf.PublicKey) || len(s.Ledger) != ed25519.PrivateKeySize {
		return errors.New("station keys do not match the certificate")
	}
	if _, _, err := net.SplitHostPort(s.Server); err != nil {
		return fmt.Errorf("server address: %w", err)
	}
	// When it is valid does not matter here: an expired one can be renewed.
	p, err := Gate{Root: s.root}.VerifyStation(leaf.NotAfter, s.pair.chain)
	if err != nil {
		return err
	}
	s.Tenant, s.ID, s.Incarnation = p.Tenant, p.Station, p.Incarnation
	return nil
}

// Renewed returns s with a new TLS key and the chain the fleet answered for it,
// which must be for the same station. The chain may lead to the next authority that
// s was told of ([Station.Reaching]), which is then the one it is kept with.
func (s *Station) Renewed(key *ecdsa.PrivateKey, chain []byte) (*Station, error) {
	var n *Station
	err := errors.New("no authority")
	for _, root := range s.believed() {
		if n, err = NewStation(Keys{key, s.Ledger}, chain, encodeCertificates(root), s.Kit, s.Server); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if n.Tenant != s.Tenant || n.ID != s.ID || n.Incarnation != s.Incarnation {
		return nil, errors.New("renewed certificate is for another station")
	}
	return n.Reaching(s.reach, s.more), nil
}

// RenewAt returns when the certificate should be renewed: half life.
func (s *Station) RenewAt() time.Time { return halfLife(s.pair.leaf()) }

// NotAfter returns when the certificate expires.
func (s *Station) NotAfter() time.Time { return s.pair.leaf().NotAfter }

// TLS returns the configuration with which the station reaches its fleet at
// [Station.Address]: the station's certificate, and the pinned root for the server's. The
// server's chain is checked at floor() or when its certificates begin,
// whichever is later: only an end before the floor refuses, so that a station
// without a clock, or off for a year, still connects. Set NextProtos to
// [ProtoMQTT] or [ProtoHTTP].
func (s *Station) TLS(floor func() time.Time) *tls.Config {
	host, _, _ := net.SplitHostPort(s.Address()) // checked by NewStation, or signed
	c := clientTLS(s.believed(), host, floor)
	c.Certificates = []tls.Certificate{*s.pair.tls()}
	return c
}
