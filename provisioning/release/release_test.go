package release_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
