package identity_test

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// succession is an authority that was followed by another, a station of the one
// before, and the server of the one of today.
type succession struct {
	dir   string
	next  *x509.Certificate
	today *identity.Authority
	old   *identity.Station
}

func succeeded(t *testing.T) succession {
	t.Helper()
	s := succession{dir: t.TempDir()}
	before := authorityIn(t, s.dir)
	s.old = newStation(t, before, start)
	if _, err := identity.PrepareNext(s.dir, "Suite", start.Add(day)); err != nil {
		t.Fatal(err)
	}
	if err := identity.Succeed(s.dir); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.today, err = identity.OpenAuthority(s.dir); err != nil {
		t.Fatal(err)
	}
	if s.next = s.today.Root(); s.next.Equal(before.Root()) {
		t.Fatal("the root of today is the one before")
	}
	return s
}

// A station that was not told of the next authority believes its server all the
// same, and is known there.
func TestAuthorityThatNobodyWasToldOf(t *testing.T) {
	s := succeeded(t)
	server, err := s.today.Server([]string{"127.0.0.1"}, at(start.Add(day)), quiet)
	if err != nil {
		t.Fatal(err)
	}
	state, err := handshake(t, server, s.old.TLS(at(start)))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.today.Gate(nil).VerifyStation(start.Add(day), state.PeerCertificates); err != nil || p.Station != s.old.ID {
		t.Errorf("VerifyStation = %v, %v; want %s", p.Station, err, s.old.ID)
	}
	stranger := newStation(t, newAuthority(t), start)
	if _, err := s.today.Gate(nil).VerifyStation(start, chainOf(t, stranger)); !errors.Is(err, identity.ErrUntrusted) {
		t.Errorf("VerifyStation(of another fleet) = %v; want ErrUntrusted", err)
	}
}

// A station that was told takes a certificate of the next authority, keeps it with
// that authority, and believes the one before no more.
func TestStationGoesOverToTheNextAuthority(t *testing.T) {
	s := succeeded(t)
	keys, err := identity.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	p := identity.Peer{Tenant: s.old.Tenant, Station: s.old.ID, Incarnation: s.old.Incarnation}
	chain, _, err := s.today.IssueStation(p, &keys.TLS.PublicKey, start.Add(day))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.old.Renewed(keys.TLS, chain); err == nil {
		t.Error("Renewed took a chain of an authority that the station was not told of")
	}
	told := s.old.Reaching("", []*x509.Certificate{s.next})
	if told.Next() == nil {
		t.Error("Next = nil; want the next authority")
	}
	renewed, err := told.Renewed(keys.TLS, chain)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := renewed.Save(dir); err != nil {
		t.Fatal(err)
	}
	kept, err := identity.LoadStation(dir)
	if err != nil || kept.Root() != identity.FingerprintOf(s.next) || kept.ID != s.old.ID {
		t.Fatalf("LoadStation = %v, %v; want the station under the next authority", kept, err)
	}
	if renewed.Next() != nil {
		t.Error("Next of a station that is there is not nil")
	}
	before, err := identity.OpenAuthority(filepath.Join(s.dir, "before"))
	if err != nil {
		t.Fatal(err)
	}
	old, err := before.Server([]string{"127.0.0.1"}, at(start.Add(day)), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := handshake(t, old, kept.TLS(at(start))); !errors.Is(err, identity.ErrServer) {
		t.Errorf("handshake with a server of the authority before = %v; want ErrServer", err)
	}
}

// What is tried is not kept, until it has worked.
func TestAnAddressIsKeptOnceItWorked(t *testing.T) {
	s := newStation(t, newAuthority(t), start)
	tried := s.Reaching("elsewhere.example:443", nil)
	dir := t.TempDir()
	for name, want := range map[*identity.Station]string{tried: s.Server, tried.Moved(): "elsewhere.example:443"} {
		if err := name.Save(dir); err != nil {
			t.Fatal(err)
		}
		if kept, err := identity.LoadStation(dir); err != nil || kept.Address() != want {
			t.Errorf("Address of what was kept = %v, %v; want %s", kept.Address(), err, want)
		}
	}
}

// Power fails at any byte of the file that says where the fleet is: the address that
// worked before is still there.
func TestAMoveSurvivesACutAtAnyByte(t *testing.T) {
	s := newStation(t, newAuthority(t), start)
	other := t.TempDir()
	if err := s.Reaching("elsewhere.example:443", nil).Moved().Save(other); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(other, "station.json"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := s.Save(dir); err != nil {
		t.Fatal(err)
	}
	for n := range text {
		if err := os.WriteFile(filepath.Join(dir, "station.json.new"), text[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if kept, err := identity.LoadStation(dir); err != nil || kept.Address() != s.Server {
			t.Fatalf("cut at %d: %v, %v; want %s", n, kept, err, s.Server)
		}
	}
	if err := s.Reaching("elsewhere.example:443", nil).Moved().Save(dir); err != nil {
		t.Fatal(err)
	}
	if kept, err := identity.LoadStation(dir); err != nil || kept.Address() != "elsewhere.example:443" {
		t.Errorf("after the cuts: %v, %v; want the other address", kept, err)
	}
}

// Power fails between any two steps of the succession: the command is repeated.
func TestSuccessionSurvivesACut(t *testing.T) {
	for cut := range 5 {
		dir := t.TempDir()
		authorityIn(t, dir)
		if _, err := identity.PrepareNext(dir, "Suite", start); err != nil {
			t.Fatal(err)
		}
		steps := [][2]string{{"online", "before/online"}, {"next/online", "online"}, {"offline", "before/offline"}, {"next/offline", "offline"}}
		if err := os.Mkdir(filepath.Join(dir, "before"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, s := range steps[:cut] {
			if err := os.Rename(filepath.Join(dir, s[0]), filepath.Join(dir, s[1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := identity.Succeed(dir); err != nil {
			t.Fatalf("Succeed after %d steps = %v", cut, err)
		}
		if a, err := identity.OpenAuthority(dir); err != nil || a.Root().Subject.CommonName != "Suite racine" {
			t.Errorf("after %d steps the authority is %v, %v; want the next one", cut, a, err)
		}
	}
	dir := t.TempDir()
	authorityIn(t, dir)
	if err := identity.Succeed(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Succeed without a next one = %v; want ErrNotExist", err)
	}
}
