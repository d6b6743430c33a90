package identity

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Why a station's certificate was refused; test with errors.Is.
var (
	// ErrNoCertificate says that the client showed none.
	ErrNoCertificate = errors.New("no client certificate")
	// ErrUntrusted says that the certificate is not of this authority, or not
	// a station's.
	ErrUntrusted = errors.New("client certificate not trusted")
	// ErrExpired says that the certificate is a good one of a known station
	// whose time has passed. The station may renew it and do nothing else.
	ErrExpired = errors.New("client certificate expired")
	// ErrRevoked says that the certificate or its station is revoked.
	ErrRevoked = errors.New("client certificate revoked")
)

// Gate checks the certificates of stations that connect.
type Gate struct {
	Root *x509.Certificate
	// Former are authorities before this one, whose certificates still count:
	// stations renew them under the one of today.
	Former []*x509.Certificate

	// Revoked, if set, returns an error that wraps ErrRevoked for a certificate
	// that is revoked, another error when it cannot tell, and nil otherwise.
	Revoked func(Peer) error
}

// VerifyStation returns the station that chain (leaf first, as crypto/tls
// received it) speaks for. With [ErrExpired] and [ErrRevoked] the Peer is
// valid too.
func (g Gate) VerifyStation(now time.Time, chain []*x509.Certificate) (Peer, error) {
	if len(chain) == 0 {
		return Peer{}, ErrNoCertificate
	}
	leaf := chain[0]
	expired := now.After(leaf.NotAfter)
	at := now
	if expired {
		at = leaf.NotAfter
	}
	if err := verify(chain, append([]*x509.Certificate{g.Root}, g.Former...), at, x509.ExtKeyUsageClientAuth, ""); err != nil {
		return Peer{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	p, err := peerOf(leaf)
	if err != nil {
		return Peer{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	if g.Revoked != nil {
		if err := g.Revoked(p); err != nil {
			return p, err
		}
	}
	if expired {
		return p, ErrExpired
	}
	return p, nil
}

// verify checks chain up to one of roots at one moment; host is for servers.
func verify(chain, believed []*x509.Certificate, at time.Time, usage x509.ExtKeyUsage, host string) error {
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for _, root := range believed {
		roots.AddCert(root)
	}
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: between,
		CurrentTime:   at,
		DNSName:       host,
		KeyUsages:     []x509.ExtKeyUsage{usage},
	})
	return err
}
