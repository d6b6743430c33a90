package release_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

func TestHandler(t *testing.T) {
	f := newFleet(t)
	f.publish(t, map[string]string{keyset: "keys"})
	if err := f.Publish(metz, map[string][]byte{"tenants/metz/cards.json": []byte("cards of Metz")}); err != nil {
		t.Fatal(err)
	}
	who := func(q *http.Request) (wire.Tenant, error) {
		if tenant := wire.Tenant(q.Header.Get("Tenant")); tenant != "" {
			return tenant, nil
		}
		return "", errors.New("nobody")
	}
	s := httptest.NewServer(http.StripPrefix(release.Path, f.Handler(who)))
	defer s.Close()

	c, _ := f.newStation(t)
	client := &http.Client{Transport: as(nancy)}
	refresh(t, c, release.HTTP(client, s.URL+release.Path), f.now)
	checkRead(t, c, keyset, "keys")

	foreign := "targets/tenants/metz/" + blobName(t, f, "metz")
	tests := []struct {
		name   string
		method string
		path   string
		tenant wire.Tenant
		want   int
	}{
		{"nobody", "GET", "metadata/timestamp.json", "", http.StatusForbidden},
		{"timestamp", "GET", "metadata/timestamp.json", nancy, http.StatusOK},
		{"write", "PUT", "metadata/timestamp.json", nancy, http.StatusMethodNotAllowed},
		{"own target of the other tenant", "GET", foreign, metz, http.StatusOK},
		{"target of another tenant", "GET", foreign, nancy, http.StatusNotFound},
		{"role of another tenant", "GET", fmt.Sprintf("metadata/%d.tenant-metz.json", f.Version(metz)), nancy, http.StatusNotFound},
		{"folder", "GET", "metadata/", nancy, http.StatusNotFound},
		{"path out", "GET", "metadata/..%2f..%2fonline%2fsnapshot.pem", nancy, http.StatusNotFound},
		{"keys", "GET", "online/snapshot.pem", nancy, http.StatusNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := http.NewRequest(tt.method, s.URL+release.Path+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			a, err := (&http.Client{Transport: as(tt.tenant)}).Do(q)
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			if a.StatusCode != tt.want {
				t.Errorf("%s %s = %d; want %d", tt.method, tt.path, a.StatusCode, tt.want)
			}
		})
	}
}

// as is a transport that says who asks.
type as wire.Tenant

func (a as) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	q.Header.Set("Tenant", string(a))
	return http.DefaultTransport.RoundTrip(q)
}

func blobName(t *testing.T, f *fleet, tenant string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(f.public(), "targets/tenants", tenant, "*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("blobs of %s = %v, %v; want one", tenant, names, err)
	}
	return filepath.Base(names[0])
}
