package enroll_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/enroll/enrolltest"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const day = 24 * time.Hour

var start = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// fleet is a server with a real port, real certificates and a registry in
// memory; its time is the test's.
type fleet struct {
	reg       *enrolltest.Memory
	authority *identity.Authority
	address   string
	waiting   *enroll.Waiting

	mu  sync.Mutex
	now time.Time
	cut int // answers to drop after they were made
}

func (f *fleet) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fleet) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

var quiet = slog.New(slog.DiscardHandler)

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{reg: &enrolltest.Memory{}, now: start}
	dir := t.TempDir()
	if err := identity.CreateAuthority(filepath.Join(dir, "authority"), "Essai", start); err != nil {
		t.Fatal(err)
	}
	if err := release.Init(filepath.Join(dir, "release"), start, "nancy"); err != nil {
		t.Fatal(err)
	}
	repository, err := release.Open(filepath.Join(dir, "release"))
	if err != nil {
		t.Fatal(err)
	}
	if f.authority, err = identity.OpenAuthority(filepath.Join(dir, "authority")); err != nil {
		t.Fatal(err)
	}
	config, err := f.authority.Server([]string{"127.0.0.1"}, f.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.address = l.Addr().String()
	f.waiting = enroll.NewWaiting(f.Now)
	s := &enroll.Server{Registry: f.reg, Authority: f.authority, Release: repository.Root, Address: f.address, Now: f.Now, Log: quiet, Waiting: f.waiting}
	f.serve(t, l, config, s.Handler())
	return f
}

func (f *fleet) serve(t *testing.T, l net.Listener, config *tls.Config, h http.Handler) {
	s := &http.Server{Handler: f.dropping(h), ErrorLog: slog.NewLogLogger(quiet.Handler(), slog.LevelError)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(tls.NewListener(l, config))
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
}

// dropping lets the handler work and loses its answer while cut is above zero.
func (f *fleet) dropping(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodPost && f.cuts() {
			h.ServeHTTP(httptest.NewRecorder(), q)
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, q)
	})
}

func (f *fleet) cuts() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut--
	return f.cut >= 0
}

func (f *fleet) token(t *testing.T, claims wire.Station) string {
	t.Helper()
	text, err := enroll.Issue(t.Context(), f.reg, enroll.Offer{
		Server: f.address, Root: f.authority.Fingerprint(), Tenant: "nancy", Kit: "kit-1", Claims: claims, Expires: f.Now().Add(7 * day),
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// join enrols a machine whose clock was never set.
func (f *fleet) join(t *testing.T, token, data string) (*identity.Station, error) {
	t.Helper()
	return enroll.Join(t.Context(), token, data, enroll.Machine{Hardware: filepath.Base(data), Model: "Essai"}, noClock)
}

func noClock() time.Time { return start.Add(-400 * day) }

func (f *fleet) mustJoin(t *testing.T, token, data string) *identity.Station {
	t.Helper()
	s, err := f.join(t, token, data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wantKind(t *testing.T, what string, err error, want enroll.Kind) {
	t.Helper()
	if err == nil || enroll.KindOf(err) != want {
		t.Errorf("%s = %v; want kind %s", what, err, want)
	}
}

func TestMemoryKeepsThePromises(t *testing.T) {
	enrolltest.Conform(t, func(*testing.T) enroll.Registry { return &enrolltest.Memory{} })
}

func TestAMachineBecomesAStation(t *testing.T) {
	f := newFleet(t)
	data := filepath.Join(t.TempDir(), "machine-1")
	s := f.mustJoin(t, f.token(t, ""), data)
	if s.Tenant != "nancy" || s.Kit != "kit-1" || s.Incarnation != 1 || s.Server != f.address || !s.ID.Valid() {
		t.Errorf("Join = %+v; want a station of nancy's kit-1", s)
	}
	kept, err := identity.LoadStation(filepath.Join(data, enroll.IdentityDir))
	if err != nil || kept.ID != s.ID {
		t.Errorf("LoadStation = %v, %v; want %s", kept, err, s.ID)
	}
	if _, err := release.OpenClient(filepath.Join(data, enroll.TrustDir), s.Tenant); err != nil {
		t.Errorf("OpenClient = %v; want a pinned root", err)
	}
	if !f.reg.LedgerOf("nancy", s.ID).Equal(s.Ledger.Public()) {
		t.Error("the registry has another ledger key")
	}
	if left, _ := filepath.Glob(filepath.Join(data, enroll.IdentityDir, "*")); len(left) != 1 {
		t.Errorf("identity folder = %v; want one file", left)
	}
}

func TestTokensThatDoNotEnrol(t *testing.T) {
	f := newFleet(t)
	used := f.token(t, "")
	f.mustJoin(t, used, filepath.Join(t.TempDir(), "first"))
	unknown := newFleet(t).token(t, "")
	expired := f.token(t, "")
	tests := []struct {
		name  string
		token string
		wait  time.Duration
		want  enroll.Kind
	}{
		{"empty", "", 0, enroll.KindUnreadable},
		{"another text", "https://example.org", 0, enroll.KindUnreadable},
		{"cut short", used[:len(used)-9], 0, enroll.KindUnreadable},
		{"used by another machine", used, 0, enroll.KindUsed},
		{"of another fleet at this address", readdress(t, unknown, f.address), 0, enroll.KindStranger},
		{"unknown secret", otherSecret(t, used), 0, enroll.KindUnknown},
		{"names a station nobody knows", f.token(t, identity.NewStationID()), 0, enroll.KindRevoked},
		{"expired", expired, 8 * day, enroll.KindExpired},
		{"nobody answers", readdress(t, used, "127.0.0.1:1"), 0, enroll.KindUnreachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.pass(tt.wait)
			data := t.TempDir()
			_, err := f.join(t, tt.token, data)
			wantKind(t, "Join", err, tt.want)
			if _, err := identity.LoadStation(filepath.Join(data, enroll.IdentityDir)); !errors.Is(err, identity.ErrNotEnrolled) {
				t.Errorf("LoadStation = %v; want ErrNotEnrolled", err)
			}
		})
	}
}

func parse(t *testing.T, token string) enroll.Invitation {
	t.Helper()
	i, err := enroll.ParseToken(token)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func readdress(t *testing.T, token, address string) string {
	i := parse(t, token)
	i.Server = address
	return i.Text()
}

func otherSecret(t *testing.T, token string) string {
	i := parse(t, token)
	i.Secret[0] ^= 1
	return i.Text()
}

// The server commits, the answer is lost, the station asks again: same keys,
// same station, as often as it takes.
func TestAnAnswerThatWasLostIsGivenAgain(t *testing.T) {
	f := newFleet(t)
	token, data := f.token(t, ""), t.TempDir()
	f.mu.Lock()
	f.cut = 3
	f.mu.Unlock()
	for range 3 {
		_, err := f.join(t, token, data)
		wantKind(t, "Join with its answer lost", err, enroll.KindUnreachable)
	}
	s := f.mustJoin(t, token, data)
	if s.Incarnation != 1 {
		t.Errorf("incarnation = %d; want 1", s.Incarnation)
	}
}

func TestAReimagedMachineComesBackAsItself(t *testing.T) {
	f := newFleet(t)
	data := filepath.Join(t.TempDir(), "machine-1")
	first := f.mustJoin(t, f.token(t, ""), data)
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	byHardware := f.mustJoin(t, f.token(t, ""), data)
	if byHardware.ID != first.ID || byHardware.Incarnation != 2 || byHardware.Ledger.Equal(first.Ledger) {
		t.Errorf("Join = %s/%d; want %s/2 with new keys", byHardware.ID, byHardware.Incarnation, first.ID)
	}
	named := f.mustJoin(t, f.token(t, first.ID), filepath.Join(t.TempDir(), "new-board"))
	if named.ID != first.ID || named.Incarnation != 3 {
		t.Errorf("Join = %s/%d; want %s/3", named.ID, named.Incarnation, first.ID)
	}
	_, err := enroll.Renew(t.Context(), first, first.Server, data, noClock, nil)
	wantKind(t, "Renew of an earlier incarnation", err, enroll.KindRevoked)
}

func TestALostStationIsNotClaimed(t *testing.T) {
	f := newFleet(t)
	data := filepath.Join(t.TempDir(), "machine-1")
	first := f.mustJoin(t, f.token(t, ""), data)
	f.reg.Lose("nancy", first.ID)
	_, err := f.join(t, f.token(t, first.ID), t.TempDir())
	wantKind(t, "Join as a lost station", err, enroll.KindRevoked)
	fresh := f.mustJoin(t, f.token(t, ""), data)
	if fresh.ID == first.ID {
		t.Error("the same hardware came back as a lost station")
	}
}

// Power fails while the keys are being written, before they were ever sent.
func TestDamagedPendingKeysAreMadeAgain(t *testing.T) {
	f := newFleet(t)
	for cut := range 10 {
		token, data := f.token(t, ""), filepath.Join(t.TempDir(), fmt.Sprint("machine-", cut))
		_, err := f.join(t, readdress(t, token, "127.0.0.1:1"), data)
		wantKind(t, "Join", err, enroll.KindUnreachable)
		name := filepath.Join(data, enroll.IdentityDir, "pending.json")
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, whole[:len(whole)*cut/10], 0o600); err != nil {
			t.Fatal(err)
		}
		f.mustJoin(t, token, data)
	}
}

func TestJoinEndsWithItsContext(t *testing.T) {
	f := newFleet(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := enroll.Join(ctx, f.token(t, ""), t.TempDir(), enroll.Machine{}, noClock)
	wantKind(t, "Join", err, enroll.KindUnreachable)
}

func TestAFullDiskIsSaid(t *testing.T) {
	f := newFleet(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := f.join(t, f.token(t, ""), file) // a file where the folder should be
	wantKind(t, "Join", err, enroll.KindDisk)
}
