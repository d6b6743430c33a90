package release_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const (
	nancy wire.Tenant = "nancy"
	metz  wire.Tenant = "metz"

	keyset = "tenants/nancy/issuer-7/keyset.json"
	status = "tenants/nancy/issuer-7/status-1.json"
	cards  = "tenants/nancy/cards.json"

	day = 24 * time.Hour
)

var start = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// fleet is a repository whose time the test holds.
type fleet struct {
	*release.Repository
	dir string
	now time.Time
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{dir: t.TempDir(), now: start}
	if err := release.Init(f.dir, start, nancy, metz); err != nil {
		t.Fatal(err)
	}
	f.reopen(t)
	return f
}

func (f *fleet) reopen(t *testing.T) {
	t.Helper()
	r, err := release.Open(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	r.Now = func() time.Time { return f.now }
	f.Repository = r
}

// publish lets a minute pass and sets targets of Nancy.
func (f *fleet) publish(t *testing.T, targets map[string]string) {
	t.Helper()
	f.now = f.now.Add(time.Minute)
	raw := map[string][]byte{}
	for name, content := range targets {
		raw[name] = []byte(content)
	}
	if err := f.Publish(nancy, raw); err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) public() string { return filepath.Join(f.dir, "public") }

func (f *fleet) fetch() release.Fetcher { return release.Dir(f.public()) }

// newStation returns a station of Nancy that has pinned the root.
func (f *fleet) newStation(t *testing.T) (*release.Client, string) {
	t.Helper()
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "trust")
	if err := release.Pin(dir, root); err != nil {
		t.Fatal(err)
	}
	return open(t, dir), dir
}

func open(t *testing.T, dir string) *release.Client {
	t.Helper()
	c, err := release.OpenClient(dir, nancy)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func refresh(t *testing.T, c *release.Client, from release.Fetcher, now time.Time) {
	t.Helper()
	if err := c.Refresh(t.Context(), from, now); err != nil {
		t.Fatal(err)
	}
}

func checkRead(t *testing.T, c *release.Client, target, want string) {
	t.Helper()
	if got, err := c.Read(target); err != nil || string(got) != want {
		t.Errorf("Read(%s) = %q, %v; want %q", target, got, err, want)
	}
}

func TestWhatIsPublishedReachesAStation(t *testing.T) {
	f := newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys 1", cards: "cards 1"})
	f.publish(t, map[string]string{cards: "cards 2", status: "status 1"})
	refresh(t, c, f.fetch(), f.now)

	for _, c := range []*release.Client{c, open(t, dir)} {
		checkRead(t, c, keyset, "keys 1")
		checkRead(t, c, cards, "cards 2")
		checkRead(t, c, status, "status 1")
		if got := c.Targets("tenants/nancy/issuer-7/"); len(got) != 2 {
			t.Errorf("Targets = %v; want keyset and status", got)
		}
		if c.Version() != f.Version(nancy) || c.Version() == 0 {
			t.Errorf("Version() = %d; want %d", c.Version(), f.Version(nancy))
		}
		if !c.SignedTime().Equal(f.now) {
			t.Errorf("SignedTime() = %v; want %v", c.SignedTime(), f.now)
		}
	}
}

func TestOfflineReadingNeedsNoClock(t *testing.T) {
	f := newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	refresh(t, c, f.fetch(), time.Time{}) // a station whose clock was never set
	if err := os.RemoveAll(f.dir); err != nil {
		t.Fatal(err)
	}
	checkRead(t, open(t, dir), keyset, "keys")
}

func TestTargetsAreRemoved(t *testing.T) {
	f := newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys", cards: "cards"})
	refresh(t, c, f.fetch(), f.now)
	f.now = f.now.Add(time.Minute)
	if err := f.Publish(nancy, map[string][]byte{cards: nil}); err != nil {
		t.Fatal(err)
	}
	refresh(t, c, f.fetch(), f.now)
	refresh(t, c, f.fetch(), f.now) // the one before stays for readers once more
	if _, err := c.Read(cards); !errors.Is(err, release.ErrNotFound) {
		t.Errorf("Read(cards) = %v; want ErrNotFound", err)
	}
	blobs, err := os.ReadDir(filepath.Join(dir, "targets"))
	if err != nil || len(blobs) != 1 {
		t.Errorf("targets on disk = %v, %v; want one", blobs, err)
	}
}

func TestPublishingTheSameChangesNothing(t *testing.T) {
	f := newFleet(t)
	f.publish(t, map[string]string{keyset: "keys"})
	before := f.Version(nancy)
	f.publish(t, map[string]string{keyset: "keys"})
	if got := f.Version(nancy); got != before {
		t.Errorf("Version = %d; want %d", got, before)
	}
}

func TestPublishRefuses(t *testing.T) {
	f := newFleet(t)
	tests := []struct {
		name   string
		tenant wire.Tenant
		target string
		size   int
		want   error
	}{
		{"unknown tenant", "toul", "tenants/toul/cards.json", 1, release.ErrNoTenant},
		{"another tenant's name", nancy, "tenants/metz/cards.json", 1, release.ErrTarget},
		{"no tenant in the name", nancy, "cards.json", 1, release.ErrTarget},
		{"path out", nancy, "tenants/nancy/../metz/cards.json", 1, release.ErrTarget},
		{"too deep", nancy, "tenants/nancy/a/b/c.json", 1, release.ErrTarget},
		{"empty part", nancy, "tenants/nancy//c.json", 1, release.ErrTarget},
		{"hidden", nancy, "tenants/nancy/.c.json", 1, release.ErrTarget},
		{"too large", nancy, cards, release.MaxTarget + 1, release.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := f.Publish(tt.tenant, map[string][]byte{tt.target: make([]byte, tt.size)})
			if !errors.Is(err, tt.want) {
				t.Errorf("Publish(%s) = %v; want %v", tt.target, err, tt.want)
			}
		})
	}
}

func TestInitOnlyOnce(t *testing.T) {
	f := newFleet(t)
	if err := release.Init(f.dir, start, nancy); !errors.Is(err, release.ErrExists) {
		t.Errorf("Init again = %v; want ErrExists", err)
	}
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
	for range 300 {
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
	if want := 7; n != want { // root, timestamp, snapshot, targets, two tenants, one target
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

func TestPublishersAtOnce(t *testing.T) {
	f := newFleet(t)
	f.Repository.Now = func() time.Time { return start }
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := fmt.Sprintf("tenants/nancy/issuer-7/status-%d.json", i)
			if err := f.Publish(nancy, map[string][]byte{name: []byte(name)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f.reopen(t)
	c, _ := f.newStation(t)
	refresh(t, c, f.fetch(), f.now)
	if got := c.Targets(""); len(got) != 8 {
		t.Errorf("Targets = %v; want 8", got)
	}
}

func TestAnotherProcessSeesARefresh(t *testing.T) {
	f := newFleet(t)
	agent, dir := f.newStation(t)
	launcher := open(t, dir)
	f.publish(t, map[string]string{keyset: "keys"})
	refresh(t, agent, f.fetch(), f.now)
	if !launcher.Reload() || launcher.Reload() {
		t.Error("Reload twice = not true, false; want true, false")
	}
	checkRead(t, launcher, keyset, "keys")
}

func TestUnpinnedFolder(t *testing.T) {
	if _, err := release.OpenClient(t.TempDir(), nancy); !errors.Is(err, release.ErrNotPinned) {
		t.Errorf("OpenClient = %v; want ErrNotPinned", err)
	}
	if err := release.Pin(t.TempDir(), []byte("{}")); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("Pin({}) = %v; want ErrUntrusted", err)
	}
}

func TestPinningAnotherFleetForgetsTheFirst(t *testing.T) {
	f, g := newFleet(t), newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	refresh(t, c, f.fetch(), f.now)
	root, err := g.Root()
	if err != nil {
		t.Fatal(err)
	}
	if err := release.Pin(dir, root); err != nil {
		t.Fatal(err)
	}
	c = open(t, dir)
	if got := c.Targets(""); len(got) != 0 {
		t.Errorf("Targets after pinning another root = %v; want none", got)
	}
	if err := c.Refresh(t.Context(), f.fetch(), f.now); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("Refresh from the first fleet = %v; want ErrUntrusted", err)
	}
}

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

// Power may fail while any file of the station is being written. Whatever is
// left, the station opens, never reads what was not signed, and is whole again
// after the next refresh.
func TestStationSurvivesACutAtAnyByte(t *testing.T) {
	f := newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "first", cards: "cards"})
	refresh(t, c, f.fetch(), f.now)
	var names []string
	walk(t, dir, func(name string) { names = append(names, name) })
	for _, name := range names {
		if filepath.Base(name) == "root.json" {
			continue // written once, at enrolment: see below
		}
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		step := max(1, len(whole)/60)
		for n := 0; n < len(whole); n += step {
			if err := os.WriteFile(name, whole[:n], 0o644); err != nil {
				t.Fatal(err)
			}
			c := open(t, dir)
			for target, want := range map[string]string{keyset: "first", cards: "cards"} {
				if got, err := c.Read(target); err == nil && string(got) != want {
					t.Fatalf("%s cut at %d: Read(%s) = %q", filepath.Base(name), n, target, got)
				}
			}
			refresh(t, c, f.fetch(), f.now)
			checkRead(t, c, keyset, "first")
			checkRead(t, open(t, dir), cards, "cards")
		}
	}
}

func TestADamagedTargetLeavesTheOthersReadable(t *testing.T) {
	f := newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "first", cards: "cards"})
	refresh(t, c, f.fetch(), f.now)
	names, err := filepath.Glob(filepath.Join(dir, "targets", "*"))
	if err != nil || len(names) != 2 {
		t.Fatalf("targets = %v, %v; want two", names, err)
	}
	if err := os.WriteFile(names[0], []byte("flipped"), 0o644); err != nil {
		t.Fatal(err)
	}
	problems := 0
	for _, target := range []string{keyset, cards} {
		if _, err := c.Read(target); errors.Is(err, release.ErrMismatch) {
			problems++
		}
	}
	if problems != 1 {
		t.Errorf("damaged targets = %d; want 1", problems)
	}
}

// errCut is the power going.
var errCut = errors.New("cut")

// cut fetches n files and then nothing any more.
type cut struct {
	release.Fetcher
	left *int
}

func (c cut) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if *c.left--; *c.left < 0 {
		return nil, errCut
	}
	return c.Fetcher.Fetch(ctx, name, limit)
}

func TestARefreshCutShortChangesNothing(t *testing.T) {
	a := newAttack(t)
	for n := 0; ; n++ {
		left := n
		err := a.station.Refresh(t.Context(), cut{a.fetch(), &left}, a.now)
		if err == nil {
			break
		}
		if !errors.Is(err, errCut) {
			t.Fatalf("Refresh cut after %d files = %v; want errCut", n, err)
		}
		checkRead(t, a.station, keyset, "first")
	}
	checkRead(t, a.station, keyset, "second")
}

// The fleet's power may fail between any two files of a publication. Files are
// replaced whole, so what can be left is any prefix of the new files.
func TestRepositorySurvivesACutBetweenFiles(t *testing.T) {
	a := newAttack(t)
	fresh := maps.Clone(a.after)
	maps.DeleteFunc(fresh, func(name string, _ []byte) bool { _, old := a.before[name]; return old })
	order := []string{"keyset.json", ".tenant-nancy.json", ".snapshot.json"}
	for n := range len(order) + 1 {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(a.dir)); err != nil {
			t.Fatal(err)
		}
		b := &fleet{dir: dir, now: a.now}
		if err := os.WriteFile(filepath.Join(b.public(), "metadata/timestamp.json"), a.before["metadata/timestamp.json"], 0o644); err != nil {
			t.Fatal(err)
		}
		for _, part := range order[n:] {
			if err := os.Remove(filepath.Join(b.public(), find(t, fresh, nil, part))); err != nil {
				t.Fatal(err)
			}
		}
		b.reopen(t)
		c, _ := b.newStation(t)
		refresh(t, c, b.fetch(), b.now)
		checkRead(t, c, keyset, "first")
		b.publish(t, map[string]string{keyset: "third"})
		refresh(t, c, b.fetch(), b.now)
		checkRead(t, c, keyset, "third")
	}
}
