package identity

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"time"
)

// The protocols of the one TLS port.
const (
	ProtoMQTT = "mqtt"
	ProtoHTTP = "http/1.1"
)

// Server returns the TLS configuration of the fleet's port, for a server
// reached under hosts (names or addresses). It asks for a client certificate
// and accepts any: callers judge it with [Gate.VerifyStation]. The server's
// own certificate is issued, kept in the online directory and renewed at half
// life as connections come.
func (a *Authority) Server(hosts []string, now func() time.Time, log *slog.Logger) (*tls.Config, error) {
	a.forgetServer() // it may have been for other hosts
	if _, err := a.serverPair(hosts, now(), log); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: []string{ProtoMQTT, ProtoHTTP},
		ClientAuth: tls.RequestClientCert,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return a.serverPair(hosts, now(), log)
		},
	}, nil
}

func (a *Authority) forgetServer() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.server = nil
}

// serverPair returns the certificate to show, a new one when it is time.
func (a *Authority) serverPair(hosts []string, now time.Time, log *slog.Logger) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server == nil {
		a.server = a.keptServer(hosts)
	}
	if a.server != nil && firstHalf(a.server.Leaf, now) {
		return a.server, nil
	}
	p, err := a.issueServer(hosts, now)
	if err != nil && a.server != nil && now.Before(a.server.Leaf.NotAfter) {
		log.Error("server certificate not renewed", "err", err)
		return a.server, nil
	}
	if err != nil {
		return nil, fmt.Errorf("issue server certificate: %w", err)
	}
	a.server = p.tls()
	log.Info("server certificate issued", "until", p.leaf().NotAfter)
	return a.server, nil
}

func (a *Authority) serverFile() string { return filepath.Join(a.dir, "server.pem") }

// keptServer returns the certificate of the last run, nil when there is none,
// it is damaged, or it is not for hosts and this issuer: a new one is cheap.
func (a *Authority) keptServer(hosts []string) *tls.Certificate {
	p, err := readPair(a.serverFile())
	if err != nil || p.leaf().CheckSignatureFrom(a.issuer.leaf()) != nil {
		return nil
	}
	if slices.ContainsFunc(hosts, func(h string) bool { return p.leaf().VerifyHostname(h) != nil }) {
		return nil
	}
	return p.tls()
}

func (a *Authority) issueServer(hosts []string, now time.Time) (pair, error) {
	key, err := newKey()
	if err != nil {
		return pair{}, err
	}
	p, err := sign(serverTemplate(hosts, now), a.issuer.leaf(), key, a.issuer.key)
	if err != nil {
		return pair{}, err
	}
	p.chain = append(append(p.chain, a.issuer.leaf()), a.cross...)
	return p, writePair(a.serverFile(), p)
}

func serverTemplate(hosts []string, now time.Time) *x509.Certificate {
	t := &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{CommonName: "fleetd"},
		NotBefore:    now.Add(-backdate),
		NotAfter:     now.Add(serverLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
			continue
		}
		t.DNSNames = append(t.DNSNames, h)
	}
	return t
}

func firstHalf(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && now.Before(halfLife(c))
}
