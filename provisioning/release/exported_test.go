package release_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// A stick brings a station that never sees a network what its own fleet signed,
// and nothing of another tenant's.
func TestExportToAStick(t *testing.T) {
	f := newFleet(t)
	f.publish(t, map[string]string{keyset: "keys"})
	f.release(t, "1")
	stick := filepath.Join(t.TempDir(), "stick")
	if err := f.Export(nancy, stick); err != nil {
		t.Fatal(err)
	}
	c, _ := f.newStation(t)
	refresh(t, c, release.Dir(stick), f.now)
	checkRead(t, c, keyset, "keys")
	if _, err := c.Bring(t.Context(), release.Dir(stick), release.BaseTarget("amd64", "1")); err != nil {
		t.Errorf("Bring from the stick = %v; want the release", err)
	}
	walk(t, stick, func(name string) {
		if strings.Contains(name, "metz") {
			t.Errorf("the stick holds %s of another tenant", name)
		}
	})
	photo := filepath.Join(stick, "photo.jpg")
	if err := os.WriteFile(photo, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.publish(t, map[string]string{keyset: "new keys"})
	if err := f.Export(nancy, stick); err != nil {
		t.Fatal(err)
	}
	n := 0
	walk(t, stick, func(string) { n++ })
	if _, err := os.Stat(photo); err != nil || n != 11 { // root, timestamp, snapshot, targets, base, tenant, keyset, release, two parts, the photo
		t.Errorf("the stick holds %d files, %v; want 11 with the photo", n, err)
	}
	refresh(t, c, release.Dir(stick), f.now)
	checkRead(t, c, keyset, "new keys")
	if err := f.Export("toul", stick); !errors.Is(err, release.ErrNoTenant) {
		t.Errorf("Export(toul) = %v; want ErrNoTenant", err)
	}
}
