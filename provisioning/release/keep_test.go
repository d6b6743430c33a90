package release_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/release"
)

func TestInitOnlyOnce(t *testing.T) {
	f := newFleet(t)
	if err := release.Init(f.dir, start, nancy); !errors.Is(err, release.ErrExists) {
		t.Errorf("Init again = %v; want ErrExists", err)
	}
}

// A backup walks a folder while the server publishes: it has the timestamp of
// after and the files of before.
func TestACopyTakenWhilePublishingIsRepaired(t *testing.T) {
	a := newAttack(t)
	for name := range a.after {
		if _, old := a.before[name]; !old {
			if err := os.Remove(filepath.Join(a.public(), name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	a.reopen(t)
	a.now = a.now.Add(time.Hour)
	if err := a.Refresh(); err != nil {
		t.Fatal(err)
	}
	fresh, _ := a.newStation(t)
	refresh(t, fresh, a.fetch(), a.now)
	checkRead(t, fresh, keyset, "first")
	if err := a.Resume(); err != nil {
		t.Fatal(err)
	}
	refresh(t, a.station, a.fetch(), a.now)
	checkRead(t, a.station, keyset, "first")
	a.publish(t, map[string]string{keyset: "third"})
	refresh(t, a.station, a.fetch(), a.now)
	checkRead(t, a.station, keyset, "third")
}

func TestTheFirstTenantMayComeLater(t *testing.T) {
	f := &fleet{dir: t.TempDir(), now: start}
	if err := release.Init(f.dir, start); err != nil {
		t.Fatal(err)
	}
	f.reopen(t)
	c, _ := f.newStation(t)
	if err := c.Refresh(t.Context(), f.fetch(), f.now); !errors.Is(err, release.ErrNoTenant) {
		t.Errorf("Refresh of an unknown tenant = %v; want ErrNoTenant", err)
	}
	if err := f.AddTenant(nancy); err != nil {
		t.Fatal(err)
	}
	f.reopen(t)
	f.publish(t, map[string]string{keyset: "keys"})
	refresh(t, c, f.fetch(), f.now)
	checkRead(t, c, keyset, "keys")
}

func TestTenantsAreAddedWithTheOfflineKey(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	refresh(t, c, f.fetch(), f.now)
	if err := f.AddTenant("toul"); err != nil {
		t.Fatal(err)
	}
	if err := f.Publish("toul", map[string][]byte{"tenants/toul/cards.json": []byte("cards")}); err != nil {
		t.Fatal(err)
	}
	refresh(t, c, f.fetch(), f.now)
	if err := os.RemoveAll(filepath.Join(f.dir, "offline")); err != nil {
		t.Fatal(err)
	}
	f.reopen(t)
	if err := f.AddTenant("verdun"); !errors.Is(err, release.ErrOffline) {
		t.Errorf("AddTenant without keys = %v; want ErrOffline", err)
	}
	f.publish(t, map[string]string{keyset: "keys"}) // daily work needs no offline key
	if err := f.Refresh(); err != nil {
		t.Errorf("Refresh without offline keys = %v; want nil", err)
	}
}

func TestCeremonyExtendsRootAndTargets(t *testing.T) {
	f := newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	refresh(t, c, f.fetch(), f.now)
	first := f.OfflineUntil()
	for range 3 {
		f.now = f.now.Add(365 * day)
		// One root key of three is lost; two suffice.
		_ = os.Remove(filepath.Join(f.dir, "offline", "root-2.pem"))
		if err := f.Ceremony(); err != nil {
			t.Fatal(err)
		}
		if err := f.Refresh(); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.OfflineUntil(); got.Before(first.Add(3 * 365 * day)) {
		t.Errorf("OfflineUntil() = %v; want three years after %v", got, first)
	}
	f.reopen(t)
	refresh(t, c, f.fetch(), f.now)
	checkRead(t, open(t, dir), keyset, "keys")

	_ = os.Remove(filepath.Join(f.dir, "offline", "root-3.pem"))
	if err := f.Ceremony(); !errors.Is(err, release.ErrOffline) {
		t.Errorf("Ceremony with one root key = %v; want ErrOffline", err)
	}
}

func TestRefreshKeepsSignaturesFresh(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	for range 100 {
		f.now = f.now.Add(2 * day)
		if err := f.Refresh(); err != nil {
			t.Fatal(err)
		}
	}
	refresh(t, c, f.fetch(), f.now)
	checkRead(t, c, keyset, "keys")
	if got := f.now.Sub(c.SignedTime()); got > day {
		t.Errorf("signed time is %v old; want less than a day", got)
	}
}

func TestSupersededFilesArePruned(t *testing.T) {
	f := newFleet(t)
	f.now = time.Now() // prune looks at the files' own dates
	for i := range 5 {
		f.publish(t, map[string]string{keyset: fmt.Sprint("keys ", i)})
	}
	old := time.Now().Add(-30 * day)
	walk(t, f.public(), func(name string) { _ = os.Chtimes(name, old, old) })
	if err := f.Refresh(); err != nil {
		t.Fatal(err)
	}
	n := 0
	walk(t, f.public(), func(string) { n++ })
	if want := 8; n != want { // root, timestamp, snapshot, targets, base, two tenants, one target
		t.Errorf("files left = %d; want %d", n, want)
	}
	c, _ := f.newStation(t)
	refresh(t, c, f.fetch(), f.now)
	checkRead(t, c, keyset, "keys 4")
}

func walk(t *testing.T, dir string, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			visit(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARestoredRepositoryGoesOnAboveWhatStationsHaveSeen(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "yesterday"})
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(f.dir)); err != nil {
		t.Fatal(err)
	}
	f.publish(t, map[string]string{keyset: "today"})
	refresh(t, c, f.fetch(), f.now)

	f.dir = backup
	f.reopen(t)
	f.now = f.now.Add(time.Hour)
	if err := f.Resume(); err != nil {
		t.Fatal(err)
	}
	refresh(t, c, f.fetch(), f.now)
	checkRead(t, c, keyset, "yesterday")
}
