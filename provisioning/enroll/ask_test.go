package enroll_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// asked is how an asking ended.
type asked struct {
	token string
	err   error
}

// ask starts asking and returns the code that is shown.
func ask(ctx context.Context, t *testing.T, f *fleet, server string) (enroll.Code, chan asked) {
	t.Helper()
	shown, over := make(chan enroll.Code, 1), make(chan asked, 1)
	go func() {
		token, err := enroll.Ask(ctx, server, f.Now, func(c enroll.Code) { shown <- c })
		over <- asked{token, err}
	}()
	select {
	case c := <-shown:
		return c, over
	case a := <-over:
		t.Fatalf("Ask = %v before a code was shown", a.err)
	}
	return "", nil
}

func (f *fleet) issue(t *testing.T) func() (string, error) {
	return func() (string, error) {
		return enroll.Issue(t.Context(), f.reg, enroll.Offer{
			Server: f.address, Root: f.authority.Fingerprint(), Tenant: "nancy", Kit: "kit-1", Expires: f.Now().Add(time.Hour)})
	}
}

// approve types the code until the station has asked.
func approve(t *testing.T, f *fleet, c enroll.Code) {
	t.Helper()
	for {
		err := f.waiting.Approve(c, f.issue(t))
		if err == nil {
			return
		}
		if !errors.Is(err, enroll.ErrNobodyWaits) || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

// TestAsk: a machine that nobody prepared becomes a station.
func TestAsk(t *testing.T) {
	f := newFleet(t)
	code, over := ask(t.Context(), t, f, f.address)
	typed, err := enroll.ParseCode(" " + strings.ToLower(code.String()))
	if err != nil || typed != code {
		t.Fatalf("ParseCode(%q) = %q, %v; want %q", code.String(), typed, err, code)
	}
	approve(t, f, typed)
	a := <-over
	if a.err != nil {
		t.Fatalf("Ask = %v", a.err)
	}
	s, err := enroll.Join(t.Context(), a.token, t.TempDir(), enroll.Machine{}, f.Now)
	if err != nil || s.Kit != "kit-1" {
		t.Errorf("Join = %+v, %v; want a station of kit-1", s, err)
	}
}

// TestAskSomebodyBetween: who shows his own authority to the station, and passes
// its question on, is found out because the codes differ.
func TestAskSomebodyBetween(t *testing.T) {
	f, between := newFleet(t), newFleet(t)
	config, err := between.authority.Server([]string{"127.0.0.1"}, between.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	passed := make(chan struct{}, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+enroll.PathRoot, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(between.authority.RootPEM()) })
	mux.HandleFunc("POST "+enroll.PathAsk, func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		c := http.Client{Transport: &http.Transport{TLSClientConfig: identity.ClientTLS(f.authority.Root(), "127.0.0.1", f.Now)}}
		a, err := c.Post("https://"+f.address+enroll.PathAsk, "application/json", bytes.NewReader(body))
		if err == nil {
			_, _ = io.Copy(w, a.Body)
			a.Body.Close()
		}
		select {
		case passed <- struct{}{}:
		default:
		}
	})
	between.serve(t, l, config, mux)
	ctx, cancel := context.WithCancel(t.Context())
	code, over := ask(ctx, t, between, l.Addr().String())
	<-passed
	if err := f.waiting.Approve(code, f.issue(t)); !errors.Is(err, enroll.ErrNobodyWaits) {
		t.Errorf("Approve(what the screen shows) = %v; want nobody waits", err)
	}
	cancel()
	if a := <-over; a.token != "" {
		t.Error("the station was given a token")
	}
}

// TestAskForeignToken: a token for another authority than the code was for is
// refused, whoever approved it.
func TestAskForeignToken(t *testing.T) {
	f, other := newFleet(t), newFleet(t)
	code, over := ask(t.Context(), t, f, f.address)
	for errors.Is(f.waiting.Approve(code, other.issue(t)), enroll.ErrNobodyWaits) {
		if t.Context().Err() != nil {
			return
		}
	}
	if a := <-over; enroll.KindOf(a.err) != enroll.KindStranger || a.token != "" {
		t.Errorf("Ask = %q, %v; want stranger", a.token, a.err)
	}
}

// TestAskNotProven: only the owner of the keys is answered.
func TestAskNotProven(t *testing.T) {
	f := newFleet(t)
	c := http.Client{Transport: &http.Transport{TLSClientConfig: identity.ClientTLS(f.authority.Root(), "127.0.0.1", f.Now)}}
	for _, body := range []string{"", "{}", `{"csr":"AAAA","ledger":"AAAA","proof":"AAAA"}`, strings.Repeat("x", 20<<10)} {
		a, err := c.Post("https://"+f.address+enroll.PathAsk, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != http.StatusForbidden {
			t.Errorf("ask with %d bytes = %d; want 403", len(body), a.StatusCode)
		}
	}
}

// TestWaitingForgets: a code is good while its station shows it, and a minute.
func TestWaitingForgets(t *testing.T) {
	f := newFleet(t)
	ctx, cancel := context.WithCancel(t.Context())
	code, over := ask(ctx, t, f, f.address)
	approve(t, f, code)
	again := 0
	if err := f.waiting.Approve(code, func() (string, error) { again++; return "", nil }); err != nil || again != 0 {
		t.Errorf("Approve again = %v, %d tokens more; want nil, none", err, again)
	}
	cancel()
	<-over
	f.pass(2 * time.Minute)
	if err := f.waiting.Approve(code, f.issue(t)); !errors.Is(err, enroll.ErrNobodyWaits) {
		t.Errorf("Approve later = %v; want nobody waits", err)
	}
}

// question is what a machine says that shows a code.
func question(t *testing.T) string {
	t.Helper()
	keys, err := identity.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	csr, err := identity.Request(keys.TLS)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(csr)
	text, err := json.Marshal(map[string]any{"csr": csr, "ledger": keys.Ledger.Public(),
		"proof": ed25519.Sign(keys.Ledger, append([]byte("mallette-ask-v1\x00"), sum[:]...))})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAskFromOneAddress: the machines of a large hall may wait at once; nobody
// keeps the machines of other places out.
func TestAskFromOneAddress(t *testing.T) {
	f := newFleet(t)
	s := &enroll.Server{Registry: f.reg, Authority: f.authority, Now: f.Now, Log: quiet, Waiting: enroll.NewWaiting(f.Now)}
	door := s.Handler()
	say := func(from, body string) int {
		q := httptest.NewRequest(http.MethodPost, enroll.PathAsk, strings.NewReader(body))
		q.RemoteAddr = net.JoinHostPort(from, "4000")
		w := httptest.NewRecorder()
		door.ServeHTTP(w, q)
		return w.Code
	}
	const here, elsewhere = "203.0.113.7", "203.0.113.8"
	first := question(t)
	for i := range 60 {
		body := first
		if i > 0 {
			body = question(t)
		}
		if code := say(here, body); code != http.StatusOK {
			t.Fatalf("machine %d = %d; want 200", i+1, code)
		}
	}
	for _, c := range []struct {
		name, from, body string
		want             int
	}{
		{"one more", here, question(t), http.StatusTooManyRequests},
		{"one that waits already", here, first, http.StatusOK},
		{"somewhere else", elsewhere, question(t), http.StatusOK},
	} {
		if code := say(c.from, c.body); code != c.want {
			t.Errorf("%s = %d; want %d", c.name, code, c.want)
		}
	}
	f.pass(2 * time.Minute)
	if code := say(here, question(t)); code != http.StatusOK {
		t.Errorf("once the others have gone = %d; want 200", code)
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("KF7D-9QXM-2TPA")
	f.Add("kf7d 9qxm 2tpa")
	f.Add("0000-1111-OOOO")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := enroll.ParseCode(text)
		if err != nil {
			return
		}
		if again, err := enroll.ParseCode(c.String()); err != nil || again != c {
			t.Errorf("ParseCode(%q) = %q, %v; want %q", c.String(), again, err, c)
		}
	})
}
