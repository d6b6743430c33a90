package identity

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// ErrServer says that the server could not prove that it belongs to the fleet.
var ErrServer = errors.New("server not trusted")

// ClientTLS returns the configuration of a client that trusts root alone for a
// server reached as host, under the clock rule of [Station.TLS]. It carries no
// client certificate.
func ClientTLS(root *x509.Certificate, host string, floor func() time.Time) *tls.Config {
	return clientTLS([]*x509.Certificate{root}, host, floor)
}

func clientTLS(roots []*x509.Certificate, host string, floor func() time.Time) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: host,
		// A hello that fits one packet: boxes in town halls drop longer ones.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256},
		// crypto/tls would judge by the host's clock; VerifyConnection does the
		// whole verification, on resumed connections too.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			return verifyServer(state.PeerCertificates, roots, host, floor())
		},
	}
}

func verifyServer(chain, roots []*x509.Certificate, host string, floor time.Time) error {
	if len(chain) == 0 {
		return ErrServer
	}
	at := floor
	for _, c := range chain {
		if c.NotBefore.After(at) {
			at = c.NotBefore
		}
	}
	if err := verify(chain, roots, at, x509.ExtKeyUsageServerAuth, host); err != nil {
		return fmt.Errorf("%w: %w", ErrServer, err)
	}
	return nil
}
