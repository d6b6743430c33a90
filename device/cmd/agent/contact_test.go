package main

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// says has the fleet sign where it is.
func (f *fleet) says(where release.Contact) {
	f.t.Helper()
	standing, err := f.released.Standing(false)
	must(f.t, err)
	q, err := release.NewRequest(standing, release.Change{Contact: &where}, time.Now())
	must(f.t, err)
	text, err := os.ReadFile(filepath.Join(f.dir, "release", "offline", "targets.pem"))
	must(f.t, err)
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	must(f.t, err)
	q, err = q.Sign(key.(ed25519.PrivateKey))
	must(f.t, err)
	text, err = q.Encode()
	must(f.t, err)
	must(f.t, f.released.AdoptRequest(text))
}

// member is a station that is online at the fleet's first address.
func member(t *testing.T, f *fleet) *started {
	t.Helper()
	data := t.TempDir()
	must(t, os.WriteFile(filepath.Join(data, tokenFile), []byte(f.token()), 0o600))
	s := start(t, data)
	s.until("online", func(st status) bool { return st.Online })
	return s
}

// again starts the program again on the same disk, where it asks what is new.
func again(t *testing.T, s *started) *started {
	t.Helper()
	_ = s.end()
	return start(t, s.data)
}

func kept(t *testing.T, s *started) *identity.Station {
	t.Helper()
	me, err := identity.LoadStation(filepath.Join(s.data, enroll.IdentityDir))
	must(t, err)
	return me
}

// trust is what the station believes by now.
func (s *started) trust(t *testing.T) *trust.Snapshot {
	t.Helper()
	return trust.Open(filepath.Join(s.data, enroll.TrustDir), tenant).Snapshot()
}

// untilKept waits for an address on the disk.
func untilKept(t *testing.T, s *started, want string) {
	t.Helper()
	s.until("online at "+want, func(st status) bool {
		me, err := identity.LoadStation(filepath.Join(s.data, enroll.IdentityDir))
		return err == nil && me.Server == want && st.Online && st.Server == want
	})
}

// The fleet is going to another address, and says so signed. Its stations go there
// once it works, and find it there after a restart, when the first one is no more.
func TestFleetMoves(t *testing.T) {
	f := newFleet(t)
	s := member(t, f)
	first := f.address
	second := f.listen(f.authority, f.admit)
	f.says(release.Contact{Servers: []string{second, first}})
	s = again(t, s)
	untilKept(t, s, second)
	s = again(t, s)
	untilKept(t, s, second)
}

// The first of the signed addresses is one where nobody is, one of another fleet,
// one of a repository of the past, or one that lets no station in: what works stays.
func TestAWorkingAddressIsNotGivenUpForABadOne(t *testing.T) {
	for name, other := range map[string]func(f *fleet) string{
		"nobody": func(f *fleet) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(f.t, err)
			defer l.Close()
			return l.Addr().String()
		},
		"the past": func(f *fleet) string {
			dir, today := t.TempDir(), f.released
			must(f.t, os.CopyFS(dir, os.DirFS(filepath.Join(f.dir, "release"))))
			var err error
			f.released, err = release.Open(dir)
			must(f.t, err)
			defer func() { f.released = today }()
			return f.listen(f.authority, f.admit)
		},
		"another fleet": func(f *fleet) string { return newFleet(f.t).address },
		"lets nobody in": func(f *fleet) string {
			return f.listen(f.authority, func(_ *http.Server, c *tls.Conn, _ http.Handler) { c.Close() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			s := member(t, f)
			first := f.address
			f.says(release.Contact{Servers: []string{other(f), first}})
			s = again(t, s)
			told := func() bool {
				return s.trust(t).Contact.Servers != nil
			}
			s.until("told, and online where it was", func(st status) bool { return told() && st.Online && st.Server == first })
			if got := kept(t, s).Server; got != first {
				t.Errorf("address kept = %s; want %s", got, first)
			}
		})
	}
}

// The fleet's certificates come from another authority from now on. A station that
// was told goes over; one that slept connects all the same, is told, and goes over.
func TestFleetChangesItsAuthority(t *testing.T) {
	f := newFleet(t)
	awake, asleep := member(t, f), member(t, f)
	_ = asleep.end()
	authority := filepath.Join(f.dir, "authority")
	before := f.authority
	next, err := identity.PrepareNext(authority, "Next fleet of a test", time.Now())
	must(t, err)
	f.says(release.Contact{Authorities: []string{string(next), string(before.RootPEM())}})
	awake = again(t, awake)
	awake.until("told", func(st status) bool { return st.Online && awake.trust(t).Contact.Authorities != nil })
	_ = awake.end()
	must(t, identity.Succeed(authority))
	f.authority, err = identity.OpenAuthority(authority)
	must(t, err)
	where := f.listen(f.authority, f.admit)
	for name, s := range map[string]*started{"awake": awake, "asleep": asleep} {
		s := start(t, s.data, "--server", where)
		s.until(name+" is under the next authority", func(st status) bool {
			return st.Online && kept(t, s).Under(f.authority.Root())
		})
	}
}
