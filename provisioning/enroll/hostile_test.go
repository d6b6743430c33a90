package enroll_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// insecure posts without a client certificate, like a stranger.
func insecure(t *testing.T, url string, body []byte) (*http.Response, error) {
	t.Helper()
	c := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	t.Cleanup(c.CloseIdleConnections)
	return c.Post(url, "application/json", bytes.NewReader(body))
}

func TestHostileRequests(t *testing.T) {
	f := newFleet(t)
	tests := []struct {
		name string
		path string
		body []byte
		want int
	}{
		{"no JSON", enroll.PathEnroll, []byte("noise"), http.StatusForbidden},
		{"empty object", enroll.PathEnroll, []byte("{}"), http.StatusForbidden},
		{"oversized", enroll.PathEnroll, bytes.Repeat([]byte(" "), 1<<20), http.StatusForbidden},
		{"no certificate", enroll.PathRenew, []byte(`{"csr":""}`), http.StatusForbidden},
		{"wrong method", enroll.PathRoot, nil, http.StatusMethodNotAllowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := insecure(t, "https://"+f.address+tt.path, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			if a.StatusCode != tt.want {
				t.Errorf("POST %s = %d; want %d", tt.path, a.StatusCode, tt.want)
			}
		})
	}
}

func TestAStrangersKeyIsNotEnrolled(t *testing.T) {
	f := newFleet(t)
	i := parse(t, f.token(t, ""))
	mine, err := identity.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	csr, err := identity.Request(mine.TLS)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"secret": i.Secret[:], "csr": csr, "ledger": mine.Ledger.Public(), "proof": make([]byte, 64)})
	if err != nil {
		t.Fatal(err)
	}
	a, err := insecure(t, "https://"+f.address+enroll.PathEnroll, body)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusForbidden {
		t.Errorf("POST without proof = %d; want 403", a.StatusCode)
	}
}

func TestGuessingIsSlowedAndAKitIsNot(t *testing.T) {
	f := newFleet(t)
	good := f.token(t, "")
	for range 10 {
		_, err := f.join(t, otherSecret(t, good), t.TempDir())
		wantKind(t, "Join by guessing", err, enroll.KindUnknown)
	}
	_, err := f.join(t, good, t.TempDir())
	wantKind(t, "Join after ten failures", err, enroll.KindBusy)
	f.pass(2 * time.Minute)
	for i := range 40 {
		f.mustJoin(t, f.token(t, ""), filepath.Join(t.TempDir(), fmt.Sprint("laptop-", i)))
	}
}

func TestOneTokenManyMachinesAtOnce(t *testing.T) {
	f := newFleet(t)
	token := f.token(t, "")
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		data := filepath.Join(t.TempDir(), fmt.Sprint(i))
		wg.Go(func() { _, errs[i] = enroll.Join(t.Context(), token, data, enroll.Machine{}, noClock) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantKind(t, "Join", err, enroll.KindUsed)
	}
	if won != 1 {
		t.Errorf("stations enrolled = %d; want 1", won)
	}
}
