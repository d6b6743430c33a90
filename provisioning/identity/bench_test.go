package identity_test

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// BenchmarkHandshake is a mutual handshake and both verifications, both sides
// in this process.
func BenchmarkHandshake(b *testing.B) {
	dir := b.TempDir()
	if err := identity.CreateAuthority(dir, "Essai", start); err != nil {
		b.Fatal(err)
	}
	a, err := identity.OpenAuthority(dir)
	if err != nil {
		b.Fatal(err)
	}
	server, err := a.Server([]string{"127.0.0.1"}, at(start), quiet)
	if err != nil {
		b.Fatal(err)
	}
	client := newStation(b, a, start).TLS(at(start))
	gate := identity.Gate{Root: a.Root()}
	for b.Loop() {
		near, far := net.Pipe()
		_ = near.SetDeadline(time.Now().Add(10 * time.Second))
		c, s := tls.Client(near, client), tls.Server(far, server)
		failed := make(chan error, 1)
		go func() { failed <- c.Handshake() }()
		if err := s.Handshake(); err != nil {
			b.Fatal(err)
		}
		if err := <-failed; err != nil {
			b.Fatal(err)
		}
		if _, err := gate.VerifyStation(start, s.ConnectionState().PeerCertificates); err != nil {
			b.Fatal(err)
		}
		near.Close()
	}
}
