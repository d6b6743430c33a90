package enroll_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

func TestRenewal(t *testing.T) {
	tests := []struct {
		name string
		wait time.Duration
	}{
		{"at half life", 183 * day},
		{"expired", 400 * day},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFleet(t)
			data := t.TempDir()
			s := f.mustJoin(t, f.token(t, ""), data)
			f.pass(tt.wait)
			n, err := enroll.Renew(t.Context(), s, s.Server, data, noClock, nil)
			if err != nil || n.ID != s.ID || !n.Ledger.Equal(s.Ledger) || !n.NotAfter().After(s.NotAfter()) {
				t.Fatalf("Renew = %v, %v; want %s for longer", n, err, s.ID)
			}
			kept, err := identity.LoadStation(filepath.Join(data, enroll.IdentityDir))
			if err != nil || !kept.NotAfter().Equal(n.NotAfter()) {
				t.Errorf("LoadStation = %v, %v; want the renewed one", kept, err)
			}
		})
	}
}

// A network whose names nobody knows, and that is left by its proxy only.
func TestRenewalByAProxy(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	s := f.mustJoin(t, f.token(t, ""), data)
	asked := make(chan string, 4)
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host
		far, err := net.Dial("tcp", f.address)
		if err != nil {
			t.Error(err)
			return
		}
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { defer far.Close(); io.Copy(far, near) }()
		go func() { defer near.Close(); io.Copy(near, far) }()
	}))
	defer p.Close()
	by := func(*http.Request) (*url.URL, error) { return url.Parse(p.URL) }
	n, err := enroll.Renew(t.Context(), s, "fleet.invalid:8883", data, noClock, by)
	if err != nil || n.ID != s.ID {
		t.Fatalf("Renew by a proxy = %v, %v; want %s", n, err, s.ID)
	}
	if got := <-asked; got != "CONNECT fleet.invalid:8883" {
		t.Errorf("the proxy was asked %q; want a tunnel to the fleet", got)
	}
}

func TestRenewalLostOnTheWayIsAskedAgain(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	s := f.mustJoin(t, f.token(t, ""), data)
	f.mu.Lock()
	f.cut = 1
	f.mu.Unlock()
	_, err := enroll.Renew(t.Context(), s, s.Server, data, noClock, nil)
	wantKind(t, "Renew with its answer lost", err, enroll.KindUnreachable)
	if _, err := enroll.Renew(t.Context(), s, s.Server, data, noClock, nil); err != nil {
		t.Errorf("Renew again = %v; want nil", err)
	}
}

func TestRevokedStationsDoNotRenew(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	s := f.mustJoin(t, f.token(t, ""), data)
	f.reg.Lose("nancy", s.ID)
	_, err := enroll.Renew(t.Context(), s, s.Server, data, noClock, nil)
	wantKind(t, "Renew", err, enroll.KindLost)
	f.pass(400 * day)
	_, err = enroll.Renew(t.Context(), s, s.Server, data, noClock, nil)
	wantKind(t, "Renew expired", err, enroll.KindLost)
}

// Only what people declared makes a station forget everything.
func TestLostIsSaidOfLostStationsOnly(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	s := f.mustJoin(t, f.token(t, ""), data)
	ask := func(what string, want bool) {
		t.Helper()
		if got, err := enroll.Lost(t.Context(), s, s.Server, noClock, nil); got != want || err != nil {
			t.Errorf("Lost(%s) = %v, %v; want %v", what, got, err, want)
		}
	}
	ask("in good standing", false)
	f.mustJoin(t, f.token(t, s.ID), t.TempDir())
	ask("of an earlier incarnation", false)
	f.reg.Lose("nancy", s.ID)
	ask("declared lost", true)
	if got, err := enroll.Lost(t.Context(), s, "127.0.0.1:1", noClock, nil); got || err == nil {
		t.Errorf("Lost(nobody answers) = %v, %v; want no, and an error", got, err)
	}
}

// A station asks whenever the fleet does not let it in; the others of its town
// hall are behind the same address.
func TestAskingWhetherItIsLostShutsNobodyOut(t *testing.T) {
	f := newFleet(t)
	good := f.mustJoin(t, f.token(t, ""), t.TempDir())
	former := f.mustJoin(t, f.token(t, ""), t.TempDir())
	f.mustJoin(t, f.token(t, former.ID), t.TempDir())
	lost := f.mustJoin(t, f.token(t, ""), t.TempDir())
	f.reg.Lose("nancy", lost.ID)
	for _, c := range []struct {
		name    string
		station *identity.Station
		want    bool
	}{{"in good standing", good, false}, {"of an earlier incarnation", former, false}, {"declared lost", lost, true}} {
		t.Run(c.name, func(t *testing.T) {
			f.pass(2 * time.Minute)
			for n := range 20 {
				if got, err := enroll.Lost(t.Context(), c.station, f.address, noClock, nil); got != c.want || err != nil {
					t.Fatalf("Lost, time %d = %v, %v; want %v", n+1, got, err, c.want)
				}
			}
			if _, err := f.join(t, f.token(t, ""), t.TempDir()); err != nil {
				t.Errorf("Join from the same address = %v; want nil", err)
			}
		})
	}
}
