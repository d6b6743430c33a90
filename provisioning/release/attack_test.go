package release_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// altered serves a repository with some files replaced.
type altered struct {
	release.Fetcher
	files map[string][]byte
}

func (a altered) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if b, ok := a.files[name]; ok {
		if int64(len(b)) > limit {
			return nil, release.ErrTooLarge
		}
		return b, nil
	}
	return a.Fetcher.Fetch(ctx, name, limit)
}

// files returns everything a repository serves now, by name.
func (f *fleet) files(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	walk(t, f.public(), func(name string) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(f.public(), name)
		all[rel] = content
	})
	return all
}

// find returns the one name in files that matches and is not in before.
func find(t *testing.T, files, before map[string][]byte, part string) string {
	t.Helper()
	for name := range files {
		if _, old := before[name]; !old && strings.Contains(name, part) {
			return name
		}
	}
	t.Fatalf("no new file with %q", part)
	return ""
}

// attack is a station that holds "first" while "second" is published; before
// and after are what the repository served.
type attack struct {
	*fleet
	station       *release.Client
	before, after map[string][]byte
}

func newAttack(t *testing.T) attack {
	t.Helper()
	f := newFleet(t)
	c, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "first", cards: "first cards"})
	refresh(t, c, f.fetch(), f.now)
	before := f.files(t)
	f.publish(t, map[string]string{keyset: "second"})
	return attack{f, c, before, f.files(t)}
}

// expect refreshes from altered files and wants to be refused, with what was
// held before still there, and cured by an honest refresh.
func (a attack) expect(t *testing.T, files map[string][]byte, now time.Time, want error) {
	t.Helper()
	if err := a.station.Refresh(t.Context(), altered{a.fetch(), files}, now); !errors.Is(err, want) {
		t.Errorf("Refresh = %v; want %v", err, want)
	}
	checkRead(t, a.station, keyset, "first")
	refresh(t, a.station, a.fetch(), a.now)
	checkRead(t, a.station, keyset, "second")
}

func TestDowngradeIsRefused(t *testing.T) {
	a := newAttack(t)
	refresh(t, a.station, a.fetch(), a.now)
	err := a.station.Refresh(t.Context(), altered{a.fetch(), a.before}, a.now)
	if !errors.Is(err, release.ErrRollback) {
		t.Errorf("Refresh from the past = %v; want ErrRollback", err)
	}
	checkRead(t, a.station, keyset, "second")
}

// Whoever serves yesterday's timestamp for ever is found out when it expires.
func TestFreezeIsRefused(t *testing.T) {
	a := newAttack(t)
	frozen := map[string][]byte{"metadata/timestamp.json": a.before["metadata/timestamp.json"]}
	a.expect(t, frozen, a.now.Add(46*day), release.ErrExpired)
}

func TestMixAndMatchIsRefused(t *testing.T) {
	a := newAttack(t)
	newSnapshot := find(t, a.after, a.before, ".snapshot.json")
	oldSnapshot := slices.Max(slices.DeleteFunc(slices.Collect(maps.Keys(a.before)), func(name string) bool {
		return !strings.HasSuffix(name, ".snapshot.json")
	}))
	a.expect(t, map[string][]byte{newSnapshot: a.before[oldSnapshot]}, a.now, release.ErrMismatch)
}

func TestMixedRoleIsRefused(t *testing.T) {
	a := newAttack(t)
	newRole := find(t, a.after, a.before, ".tenant-nancy.json")
	other := find(t, a.after, map[string][]byte{}, ".tenant-metz.json")
	if err := a.station.Refresh(t.Context(), altered{a.fetch(), map[string][]byte{newRole: a.after[other]}}, a.now); err == nil {
		t.Error("Refresh with another tenant's role = nil; want an error")
	}
	checkRead(t, a.station, keyset, "first")
}

func TestWrongLengthIsRefused(t *testing.T) {
	a := newAttack(t)
	target := find(t, a.after, a.before, "keyset.json")
	a.expect(t, map[string][]byte{target: a.after[target][:3]}, a.now, release.ErrMismatch)
}

func TestAlteredTargetIsRefused(t *testing.T) {
	a := newAttack(t)
	target := find(t, a.after, a.before, "keyset.json")
	a.expect(t, map[string][]byte{target: []byte("SECOND")}, a.now, release.ErrMismatch)
}

func TestAlteredTimestampIsRefused(t *testing.T) {
	a := newAttack(t)
	forged := bytes.Replace(a.after["metadata/timestamp.json"], []byte(`2027`), []byte(`2028`), 1)
	a.expect(t, map[string][]byte{"metadata/timestamp.json": forged}, a.now, release.ErrUntrusted)
}

func TestAForgedRootIsRefused(t *testing.T) {
	a := newAttack(t)
	stranger := newFleet(t)
	stranger.now = a.now
	if err := stranger.Ceremony(); err != nil {
		t.Fatal(err)
	}
	forged := map[string][]byte{"metadata/2.root.json": stranger.files(t)["metadata/2.root.json"]}
	a.expect(t, forged, a.now, release.ErrUntrusted)
}

// A server that never stops sending is cut off at what was announced.
func TestEndlessDataIsRefused(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	files := f.files(t)
	for _, endless := range []string{"metadata/timestamp.json", ".snapshot.json", ".targets.json", "tenant-nancy.json", "keyset.json", "metadata/2.root.json"} {
		t.Run(endless, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				name := strings.TrimPrefix(q.URL.Path, "/")
				for strings.HasSuffix(name, endless) {
					if _, err := w.Write(make([]byte, 64<<10)); err != nil {
						return
					}
				}
				if content, ok := files[name]; ok {
					_, _ = w.Write(content)
					return
				}
				http.NotFound(w, q)
			}))
			defer s.Close()
			err := c.Refresh(t.Context(), release.HTTP(s.Client(), s.URL), f.now)
			if !errors.Is(err, release.ErrTooLarge) {
				t.Errorf("Refresh = %v; want ErrTooLarge", err)
			}
		})
	}
}

func TestRefreshEndsWithItsContext(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Refresh(ctx, f.fetch(), f.now); !errors.Is(err, context.Canceled) {
		t.Errorf("Refresh = %v; want Canceled", err)
	}
}
