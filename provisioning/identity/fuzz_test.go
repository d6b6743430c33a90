package identity_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// Whatever the identity file holds, loading ends in an error or a whole identity.
func FuzzLoadStation(f *testing.F) {
	f.Add([]byte(`{"v":1,"kit":"","server":"localhost:1","ledger_seed":"","tls":"","root":""}`))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "station.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := identity.LoadStation(dir); err == nil && (!s.ID.Valid() || !s.Tenant.Valid() || s.Incarnation == 0) {
			t.Errorf("LoadStation = %+v; want a whole identity", s)
		}
	})
}
