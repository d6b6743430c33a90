package enroll

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// Folders of a station's data directory that enrolment fills.
const (
	IdentityDir = "identity"
	TrustDir    = "trust"
)

// Machine is what a station tells of itself when it enrols. Both may be empty.
type Machine struct {
	Hardware string // stable across images, not a secret
	Model    string
}

// Join makes this machine a station: it makes keys, presents the token,
// stores the identity below data and pins the fleet's release root. The server
// must show the authority whose fingerprint the token carries; its certificate
// is checked at floor as in [identity.Station.TLS].
//
// Join may be cut at any moment and repeated with the same token: the keys are
// on the disk before they are sent. Errors are [Error]s.
func Join(ctx context.Context, token, data string, m Machine, floor func() time.Time) (*identity.Station, error) {
	invitation, err := ParseToken(token)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(data, IdentityDir)
	keys, err := pendingKeys(dir, invitation.Hash())
	if err != nil {
		return nil, fail(KindDisk, err)
	}
	root, err := fetchRoot(ctx, invitation)
	if err != nil {
		return nil, err
	}
	a, err := present(ctx, invitation, root, keys, m, floor)
	if err != nil {
		return nil, err
	}
	s, err := identity.NewStation(keys, []byte(a.Chain), encodeRoot(root), a.Kit, a.Server)
	if err != nil {
		return nil, fail(KindStranger, err)
	}
	err = release.Pin(filepath.Join(data, TrustDir), a.Release)
	if errors.Is(err, release.ErrUntrusted) {
		return nil, fail(KindStranger, err)
	}
	if err != nil {
		return nil, fail(KindDisk, err)
	}
	if err := keep(data, s); err != nil {
		return nil, fail(KindDisk, err)
	}
	return s, nil
}

// keep stores the identity: with it the station is enrolled.
func keep(data string, s *identity.Station) error {
	dir := filepath.Join(data, IdentityDir)
	if err := s.Save(dir); err != nil {
		return err
	}
	return os.Remove(filepath.Join(dir, pendingFile))
}

// fetchRoot asks a server it does not trust yet for its root, and believes the
// one that has the token's fingerprint.
func fetchRoot(ctx context.Context, i Invitation) (*x509.Certificate, error) {
	root, err := anyRoot(ctx, i.Server)
	if err != nil {
		return nil, err
	}
	if identity.FingerprintOf(root) != i.Root {
		return nil, fail(KindStranger, nil)
	}
	return root, nil
}

// present shows the token to the server that root vouches for.
func present(ctx context.Context, i Invitation, root *x509.Certificate, keys identity.Keys, m Machine, floor func() time.Time) (answer, error) {
	csr, err := identity.Request(keys.TLS)
	if err != nil {
		return answer{}, fail(KindInternal, err)
	}
	host, _, err := net.SplitHostPort(i.Server)
	if err != nil {
		return answer{}, fail(KindUnreadable, nil)
	}
	config := identity.ClientTLS(root, host, floor)
	config.NextProtos = []string{identity.ProtoHTTP}
	c := newClient(config, nil)
	defer c.CloseIdleConnections()
	r := request{Secret: i.Secret[:], CSR: csr, Ledger: keys.Ledger.Public().(ed25519.PublicKey), Hardware: m.Hardware, Model: m.Model}
	r.Proof = ed25519.Sign(keys.Ledger, proven(r.Secret, r.CSR))
	var a answer
	return a, post(ctx, c, "https://"+i.Server+PathEnroll, r, &a)
}

func encodeRoot(root *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
}

// Renew fetches a fresh certificate for a new TLS key and stores it in
// data. The fleet is reached at server ("HOST:PORT"), wherever that is, and
// must show the certificate of the station's own server. The station's
// certificate may have expired. Errors are [Error]s: one of KindUnreachable may
// go better by another proxy.
func Renew(ctx context.Context, s *identity.Station, server, data string, floor func() time.Time, by Proxy) (*identity.Station, error) {
	keys, err := identity.NewKeys()
	if err != nil {
		return nil, fail(KindInternal, err)
	}
	csr, err := identity.Request(keys.TLS)
	if err != nil {
		return nil, fail(KindInternal, err)
	}
	config := s.TLS(floor)
	config.NextProtos = []string{identity.ProtoHTTP}
	c := newClient(config, by)
	defer c.CloseIdleConnections()
	var a renewed
	if err := post(ctx, c, "https://"+server+PathRenew, renewal{csr}, &a); err != nil {
		return nil, err
	}
	n, err := s.Renewed(keys.TLS, []byte(a.Chain))
	if err != nil {
		return nil, fail(KindStranger, err)
	}
	if err := n.Save(filepath.Join(data, IdentityDir)); err != nil {
		return nil, fail(KindDisk, fmt.Errorf("renew: %w", err))
	}
	return n, nil
}

// Lost asks the fleet whether the station was declared lost. What is not a
// clear yes of the station's own fleet is no.
func Lost(ctx context.Context, s *identity.Station, server string, floor func() time.Time, by Proxy) (bool, error) {
	config := s.TLS(floor)
	config.NextProtos = []string{identity.ProtoHTTP}
	c := newClient(config, by)
	defer c.CloseIdleConnections()
	// Without a request for a certificate there is nothing to renew: a station
	// in good standing is refused, and nothing changes.
	err := post(ctx, c, "https://"+server+PathRenew, renewal{}, &renewed{})
	if KindOf(err) == KindLost {
		return true, nil
	}
	if KindOf(err) == KindRefused || KindOf(err) == KindRevoked {
		return false, nil
	}
	return false, err
}
