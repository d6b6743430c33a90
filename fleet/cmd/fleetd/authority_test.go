package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// TestAuthority prepares the next authority with the key from the safe, and puts it
// in place once stations were told. The server then opens under it.
func TestAuthority(t *testing.T) {
	dir := newData(t)
	before := trusted(t, dir)
	want(t, 1, "aucune autorité suivante", "authority", "switch", "--data", dir)
	back := safe(t, dir)
	want(t, 1, "authority/offline", "authority", "new", "--data", dir)
	back()
	want(t, 0, "À dire aux postes", "authority", "new", "--data", dir)
	want(t, 1, "est déjà prête", "authority", "new", "--data", dir)
	if after := trusted(t, dir); after.authority != before.authority {
		t.Error("preparing an authority changed the one of today")
	}
	stop := serving(t, dir)
	want(t, 1, "un autre fleetd", "authority", "switch", "--data", dir)
	stop()
	want(t, 0, "Autorité remplacée", "authority", "switch", "--data", dir)
	if after := trusted(t, dir); after.authority == before.authority {
		t.Error("the authority is that of before")
	}
	if _, err := os.Stat(filepath.Join(dir, "authority", "before", "online", "root.pem")); err != nil {
		t.Errorf("the authority before is not kept: %v", err)
	}
	serving(t, dir)()
	if _, err := identity.OpenAuthority(folder(dir).authority()); err != nil {
		t.Error(err)
	}
}
