package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// ErrRequest says that a certificate request is malformed, is not signed by
// its own key, or asks for a key that is not P-256.
var ErrRequest = errors.New("certificate request refused")

// Peer is the station that a certificate speaks for.
type Peer struct {
	Tenant      wire.Tenant
	Station     wire.Station
	Incarnation uint32
	Serial      string // of the certificate, hexadecimal
	NotBefore   time.Time
	NotAfter    time.Time
}

// scheme of the URI that carries what a common name has no room for.
const scheme = "mallette"

// NewStationID returns a new station id: 80 random bits.
func NewStationID() wire.Station {
	b := make([]byte, 10)
	rand.Read(b) // never fails: see crypto/rand
	return wire.Station("s" + strings.ToLower(base32.StdEncoding.EncodeToString(b)))
}

// ParseRequest returns the public key of a PKCS #10 request (DER) after
// checking that whoever made it holds the private key. It fails with
// [ErrRequest]. Every other field of the request is ignored.
func ParseRequest(der []byte) (*ecdsa.PublicKey, error) {
	r, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, ErrRequest
	}
	key, ok := r.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() || r.CheckSignature() != nil {
		return nil, ErrRequest
	}
	return key, nil
}

// IssueStation returns the certificate chain (PEM, leaf first) of p for key,
// valid for a year from now, and p with its serial and dates.
func (a *Authority) IssueStation(p Peer, key *ecdsa.PublicKey, now time.Time) ([]byte, Peer, error) {
	if !p.Tenant.Valid() || !p.Station.Valid() || p.Incarnation == 0 {
		return nil, Peer{}, errors.New("issue station certificate: no such name")
	}
	cert, err := issue(stationTemplate(p, now), a.issuer.leaf(), key, a.issuer.key)
	if err != nil {
		return nil, Peer{}, fmt.Errorf("issue station certificate: %w", err)
	}
	issued, err := peerOf(cert)
	return encodeCertificates(cert, a.issuer.leaf()), issued, err
}

func stationTemplate(p Peer, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{CommonName: string(p.Station), Organization: []string{string(p.Tenant)}},
		URIs:         []*url.URL{p.uri()},
		NotBefore:    now.Add(-backdate),
		NotAfter:     now.Add(stationLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

// uri is mallette://{tenant}/{station}/{incarnation}.
func (p Peer) uri() *url.URL {
	return &url.URL{Scheme: scheme, Host: string(p.Tenant), Path: fmt.Sprintf("/%s/%d", p.Station, p.Incarnation)}
}

var errPeer = errors.New("certificate of no station")

// peerOf reads the names in a certificate. Both places must say the same.
func peerOf(c *x509.Certificate) (Peer, error) {
	if len(c.URIs) != 1 || len(c.Subject.Organization) != 1 {
		return Peer{}, errPeer
	}
	parts := strings.Split(c.URIs[0].Path, "/")
	n, err := strconv.ParseUint(parts[len(parts)-1], 10, 32)
	p := Peer{
		Tenant:      wire.Tenant(c.Subject.Organization[0]),
		Station:     wire.Station(c.Subject.CommonName),
		Incarnation: uint32(n),
		Serial:      hex.EncodeToString(c.SerialNumber.Bytes()),
		NotBefore:   c.NotBefore,
		NotAfter:    c.NotAfter,
	}
	if err != nil || n == 0 || !p.Tenant.Valid() || !p.Station.Valid() || c.URIs[0].String() != p.uri().String() {
		return Peer{}, errPeer
	}
	return p, nil
}

// halfLife is when a certificate wants to be renewed.
func halfLife(c *x509.Certificate) time.Time {
	return c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 2)
}
