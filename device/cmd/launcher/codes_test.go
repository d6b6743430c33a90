package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/enroll/enrolltest"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// office is a fleet's enrolment, as a technician has it before her.
type office struct {
	address   string
	authority *identity.Authority
	registry  enrolltest.Memory
	waiting   *enroll.Waiting
}

func newOffice(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	must(t, identity.CreateAuthority(filepath.Join(dir, "authority"), "Essai", time.Now()))
	must(t, release.Init(filepath.Join(dir, "release"), time.Now(), tenant))
	repository, err := release.Open(filepath.Join(dir, "release"))
	must(t, err)
	o := &office{waiting: enroll.NewWaiting(time.Now)}
	o.authority, err = identity.OpenAuthority(filepath.Join(dir, "authority"))
	must(t, err)
	log := slog.New(slog.DiscardHandler)
	config, err := o.authority.Server([]string{"127.0.0.1"}, time.Now, log)
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	o.address = ln.Addr().String()
	door := &enroll.Server{Registry: &o.registry, Authority: o.authority, Release: repository.Root, Address: o.address, Now: time.Now, Log: log, Waiting: o.waiting}
	srv := &http.Server{Handler: door.Handler(), TLSConfig: config, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError)}
	go func() { _ = srv.ServeTLS(ln, "", "") }()
	t.Cleanup(func() { _ = srv.Close() })
	return o
}

// accept types a code into the fleet.
func (o *office) accept(t *testing.T, shown string) error {
	t.Helper()
	code, err := enroll.ParseCode(shown)
	must(t, err)
	return o.waiting.Approve(code, func() (string, error) {
		return enroll.Issue(t.Context(), &o.registry, enroll.Offer{Server: o.address, Root: o.authority.Fingerprint(), Tenant: tenant, Kit: "kit-1", Expires: time.Now().Add(time.Hour)})
	})
}

var shownCode = regexp.MustCompile(`[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}`)

// TestJoinedByTheCodeOnItsScreen: nobody carried anything to the station but an
// address; it belongs to the fleet once its code was accepted there.
func TestJoinedByTheCodeOnItsScreen(t *testing.T) {
	o, dir := newOffice(t), t.TempDir()
	r := start(t, &fleet{data: filepath.Join(dir, "data"), run: filepath.Join(dir, "run")})
	wants(t, r.get("/mediateur/rejoindre"), "Afficher le code de ce poste")
	r.post("/mediateur/rejoindre/code", url.Values{"adresse": {"127.0.0.1:1"}})
	r.await("/mediateur/rejoindre/code", "Le serveur ne répond pas.")
	r.post("/mediateur/rejoindre/code", url.Values{"adresse": {o.address}})
	shown := shownCode.FindString(r.await("/mediateur/rejoindre/code", "Dictez ce code"))
	for o.accept(t, shown) != nil {
		r.get("/mediateur/rejoindre/code")
	}
	r.await("/mediateur", "Code secret")
	me, err := identity.LoadStation(filepath.Join(dir, "data", identityDir))
	if err != nil || me.Kit != "kit-1" || me.Tenant != tenant {
		t.Errorf("identity = %+v, %v; want a station of kit-1", me, err)
	}
}

// TestCodeGivenUp: a station that was told to stop is not accepted any more.
func TestCodeGivenUp(t *testing.T) {
	o, dir := newOffice(t), t.TempDir()
	r := start(t, &fleet{data: filepath.Join(dir, "data"), run: filepath.Join(dir, "run")})
	r.post("/mediateur/rejoindre/code", url.Values{"adresse": {o.address}})
	r.await("/mediateur/rejoindre/code", "Dictez ce code")
	wants(t, r.post("/mediateur/rejoindre/code/arreter", url.Values{}), "Afficher le code de ce poste", o.address)
	wants(t, r.get("/mediateur/rejoindre/code"), "Afficher le code de ce poste")
}

// A station of no fleet asks nothing of its own services, whoever types what.
func TestFleetIsElsewhere(t *testing.T) {
	for server, want := range map[string]bool{
		"127.0.0.1:8883": false, "localhost:8883": false, "[::1]:22": false, ":8883": false, "0.0.0.0:8080": false,
		"[::ffff:127.0.0.1]:80": false, "169.254.1.1:8883": false, "10.0.0.7:8883": true, "203.0.113.7:8883": true, "no port": true,
	} {
		if got := elsewhere(t.Context(), server); got != want {
			t.Errorf("elsewhere(%q) = %v; want %v", server, got, want)
		}
	}
	o := newOffice(t)
	s := &station{p: &program{flags: flags{Data: t.TempDir()}}}
	c := newCodes(s)
	c.away = true
	c.Ask(o.address)
	c.ask(t.Context(), <-c.wanted)
	if got := c.Asked(); got.Running || got.Code != "" || got.Problem != enroll.KindUnreachable.French() {
		t.Errorf("asked of this machine: %+v; want that it is not reached", got)
	}
}
