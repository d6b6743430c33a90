package identity_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

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
	if err := identity.RenewIntermediate(dir, start); !errors.Is(err, identity.ErrOffline) {
		t.Errorf("RenewIntermediate without the root key = %v; want ErrOffline", err)
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
