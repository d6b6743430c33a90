package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// safe moves what belongs in a safe out of a data directory, and back.
func safe(t *testing.T, dir string) (back func()) {
	t.Helper()
	moves := map[string]string{}
	for _, name := range []string{"authority", "release"} {
		moves[filepath.Join(dir, name, "offline")] = filepath.Join(t.TempDir(), name)
	}
	move := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	for inside, outside := range moves {
		move(inside, outside)
	}
	return func() {
		for inside, outside := range moves {
			move(outside, inside)
		}
	}
}

func TestCeremony(t *testing.T) {
	dir := newData(t)
	before := trusted(t, dir)
	back := safe(t, dir)
	want(t, 1, "authority/offline", "ceremony", "--data", dir)
	stop := serving(t, dir)
	back()
	want(t, 1, "un autre fleetd", "ceremony", "--data", dir)
	stop()
	want(t, 0, "Cérémonie faite", "ceremony", "--data", dir)
	after := trusted(t, dir)
	if after.root == before.root || after.until.Before(before.until) {
		t.Errorf("root until %v is that of before (%v); want a new one", after.until, before.until)
	}
	if after.authority != before.authority {
		t.Errorf("authority after the ceremony = %v; want %v", after.authority, before.authority)
	}
	safe(t, dir)
	serving(t, dir)()
}

type trust struct {
	root      string
	until     time.Time
	authority identity.Fingerprint
}

func trusted(t *testing.T, dir string) trust {
	t.Helper()
	r, err := release.Open(folder(dir).release())
	if err != nil {
		t.Fatal(err)
	}
	root, err := r.Root()
	if err != nil {
		t.Fatal(err)
	}
	a, err := identity.OpenAuthority(folder(dir).authority())
	if err != nil {
		t.Fatal(err)
	}
	return trust{string(root), r.OfflineUntil(), a.Fingerprint()}
}

func TestTenant(t *testing.T) {
	dir := newData(t)
	add := func(tenant, login string) []string {
		return []string{"tenant", "--data", dir, "--tenant", tenant, "--name", "Toul", "--login", login}
	}
	want(t, 1, "existe déjà", add("demo", "toul")...)
	want(t, 1, "déjà pris", add("toul", "admin")...)
	want(t, 1, "vérifiez le nom", add("Toul", "toul")...)
	back := safe(t, dir)
	want(t, 1, "release/offline", add("toul", "toul")...)
	back()
	want(t, 0, "identifiant toul, mot de passe à usage unique", add("toul", "toul")...)
	serving(t, dir)()
	r, err := release.Open(folder(dir).release())
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Version("toul"); v == 0 {
		t.Error("Version(toul) = 0; want what its stations can fetch")
	}
}

func TestHelpNamesTheSafe(t *testing.T) {
	for _, command := range []string{"ceremony", "tenant"} {
		if code, said := fleetd(t, t.Context(), command, "--help"); code != 0 || !strings.Contains(said, "release/offline") {
			t.Errorf("fleetd %s --help = %d, %q; want 0 and the folder of the keys", command, code, said)
		}
	}
}
