package trust_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const (
	nancy wire.Tenant = "nancy"

	keysetName = "tenants/nancy/issuer-7/keyset.json"
	batchName  = "tenants/nancy/issuer-7/batch-3.json"
	statusName = "tenants/nancy/issuer-7/status-3.json"
	cardsName  = "tenants/nancy/cards.json"
	sealName   = "tenants/nancy/seal.json"
)

var start = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// station is a fleet's repository and one station's trust folder.
type station struct {
	repository *release.Repository
	from       release.Fetcher
	dir        string
	now        time.Time
}

func newStation(t *testing.T) *station {
	t.Helper()
	fleet := t.TempDir()
	if err := release.Init(fleet, start, nancy); err != nil {
		t.Fatal(err)
	}
	r, err := release.Open(fleet)
	if err != nil {
		t.Fatal(err)
	}
	s := &station{repository: r, from: release.Dir(filepath.Join(fleet, "public")), dir: filepath.Join(t.TempDir(), "trust"), now: start}
	r.Now = func() time.Time { return s.now }
	return s
}

func (s *station) pin(t *testing.T) {
	t.Helper()
	root, err := s.repository.Root()
	if err != nil {
		t.Fatal(err)
	}
	if err := release.Pin(s.dir, root); err != nil {
		t.Fatal(err)
	}
}

func (s *station) publish(t *testing.T, documents map[string][]byte) {
	t.Helper()
	s.now = s.now.Add(time.Minute)
	if err := s.repository.Publish(nancy, documents); err != nil {
		t.Fatal(err)
	}
}

func (s *station) refresh(t *testing.T, agent *trust.Trust) {
	t.Helper()
	if err := agent.Refresh(t.Context(), s.from, s.now); err != nil {
		t.Fatal(err)
	}
}

func encoded(t *testing.T, d interface{ Encode() ([]byte, error) }) []byte {
	t.Helper()
	b, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func documents(t *testing.T) map[string][]byte {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	today := pass.DayOf(start)
	key := pass.Key{ID: 1, Public: public, SignFrom: today, SignUntil: today + 365, VerifyUntil: today + 500}
	list := pass.NewStatusList(7, 3, 100, 199)
	list.Version, list.IssuedAt, list.TTL = 1, start.AddDate(0, 0, -40), 3600
	list.Set(150, pass.Redeemed)
	seal, err := json.Marshal(map[string][]string{"recipients": {identity.Recipient().String()}})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		keysetName: encoded(t, pass.Keyset{Version: 1, Issuer: 7, Series: 12, Name: "Essai", Keys: []pass.Key{key}}),
		batchName:  encoded(t, manifest(3, 100, 199)),
		statusName: encoded(t, list),
		cardsName:  encoded(t, pass.Cards{Version: 5, Tenant: "nancy", Keys: []pass.Key{key}}),
		sealName:   seal,
	}
}

func manifest(batch pass.Batch, first, last pass.Serial) pass.Manifest {
	today := pass.DayOf(start)
	return pass.Manifest{
		Version: 1, Issuer: 7, Series: 12, Batch: batch, FaceValue: 1000, Year: 2027,
		UseUntil: today + 300, ToleranceUntil: today + 331, PresentBy: today + 360,
		CarnetSize: 10, First: first, Last: last, Keys: []pass.KeyID{1}, Limits: pass.DefaultLimits(),
	}
}

func TestSnapshotHoldsEverythingPublished(t *testing.T) {
	s := newStation(t)
	s.pin(t)
	s.publish(t, documents(t))
	agent := trust.Open(s.dir, nancy)
	s.refresh(t, agent)

	for _, got := range []*trust.Snapshot{agent.Snapshot(), trust.Open(s.dir, nancy).Snapshot()} {
		if k, ok := got.Keyset(7); !ok || k.Name != "Essai" {
			t.Errorf("Keyset(7) = %v, %v; want Essai", k.Name, ok)
		}
		if i := got.Issuers(12); !slices.Equal(i, []pass.Issuer{7}) || len(got.Issuers(13)) != 0 {
			t.Errorf("Issuers(12) = %v; want [7]", i)
		}
		if m, ok := got.Holding(7, 150); !ok || m.Batch != 3 {
			t.Errorf("Holding(150) = %d, %v; want batch 3", m.Batch, ok)
		}
		if _, ok := got.Holding(7, 200); ok {
			t.Error("Holding(200) = true; want false")
		}
		if l, ok := got.Status(7, 3); !ok || l.Get(150) != pass.Redeemed || l.Get(151) != pass.Valid {
			t.Errorf("Status(7, 3) = %v, %v; want 150 redeemed", l.Version, ok)
		}
		if got.Cards.Version != 5 || len(got.Recipients) != 1 || len(got.Damaged) != 0 {
			t.Errorf("Cards %d, Recipients %v, Damaged %v; want 5, one, none", got.Cards.Version, got.Recipients, got.Damaged)
		}
		if got.Version != s.repository.Version(nancy) || !got.SignedAt.Equal(s.now) {
			t.Errorf("Version, SignedAt = %d, %v; want %d, %v", got.Version, got.SignedAt, s.repository.Version(nancy), s.now)
		}
		if v := got.StatusVersions(); !maps.Equal(v, map[string]uint64{"7/3": 1}) {
			t.Errorf("StatusVersions() = %v; want 7/3: 1", v)
		}
	}
}

// Nothing happened to the batch for 40 days and the station was in touch a
// minute ago: the list is a minute old.
func TestStatusListsAgeFromTheLastContact(t *testing.T) {
	s := newStation(t)
	s.pin(t)
	s.publish(t, documents(t))
	agent := trust.Open(s.dir, nancy)
	s.refresh(t, agent)
	if l, _ := agent.Snapshot().Status(7, 3); !l.IssuedAt.Equal(s.now) {
		t.Errorf("IssuedAt = %v; want %v", l.IssuedAt, s.now)
	}
	s.now = s.now.AddDate(0, 0, 10)
	if err := s.repository.Refresh(); err != nil {
		t.Fatal(err)
	}
	s.refresh(t, agent)
	if l, _ := agent.Snapshot().Status(7, 3); !l.IssuedAt.Equal(s.now) {
		t.Errorf("IssuedAt after ten days in touch = %v; want %v", l.IssuedAt, s.now)
	}
}

func TestBeforeEnrolment(t *testing.T) {
	s := newStation(t)
	launcher := trust.Open(s.dir, nancy)
	if got := launcher.Snapshot(); got.Version != 0 || len(got.Damaged) != 0 {
		t.Errorf("Snapshot = version %d, damaged %v; want an empty one", got.Version, got.Damaged)
	}
	if err := launcher.Refresh(t.Context(), s.from, s.now); !errors.Is(err, release.ErrNotPinned) {
		t.Errorf("Refresh = %v; want ErrNotPinned", err)
	}
	s.pin(t)
	s.publish(t, documents(t))
	s.refresh(t, trust.Open(s.dir, nancy))
	if got := launcher.Snapshot(); got.Version == 0 {
		t.Error("Snapshot after enrolment is empty")
	}
}

func TestLauncherSeesWhatTheAgentBrought(t *testing.T) {
	s := newStation(t)
	s.pin(t)
	agent, launcher := trust.Open(s.dir, nancy), trust.Open(s.dir, nancy)
	before := launcher.Snapshot()
	s.publish(t, documents(t))
	s.refresh(t, agent)
	if got := launcher.Snapshot(); got.Version == before.Version {
		t.Errorf("Version = %d; want another", got.Version)
	}
	if before.Version != 0 || len(before.Keysets) != 0 {
		t.Error("a snapshot changed after it was taken")
	}
	if again := launcher.Snapshot(); again != launcher.Snapshot() {
		t.Error("Snapshot() is another one without a change")
	}
}

func TestRunNotices(t *testing.T) {
	s := newStation(t)
	s.pin(t)
	all := documents(t)
	s.publish(t, all)
	synctest.Test(t, func(t *testing.T) {
		agent, launcher := trust.Open(s.dir, nancy), trust.Open(s.dir, nancy)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- launcher.Run(ctx) }()
		synctest.Wait()
		s.refresh(t, agent)
		time.Sleep(time.Minute) // the bubble's: Run looks
		damage(t, s.dir, all[keysetName])
		if got := launcher.Snapshot(); present(got) != 5 {
			t.Errorf("documents present = %d; want the 5 that Run had read", present(got))
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	})
}

func TestOneDamagedDocumentLeavesTheOthers(t *testing.T) {
	for _, name := range []string{keysetName, batchName, statusName, cardsName, sealName} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			s := newStation(t)
			s.pin(t)
			all := documents(t)
			s.publish(t, all)
			agent := trust.Open(s.dir, nancy)
			s.refresh(t, agent)
			damage(t, s.dir, all[name])

			launcher := trust.Open(s.dir, nancy)
			got := launcher.Snapshot()
			if !slices.Equal(got.Damaged, []string{name}) {
				t.Errorf("Damaged = %v; want %s", got.Damaged, name)
			}
			if n := present(got); n != 4 {
				t.Errorf("documents present = %d; want 4", n)
			}
			s.refresh(t, agent)
			if got := launcher.Snapshot(); present(got) != 5 || len(got.Damaged) != 0 {
				t.Errorf("after a refresh: present %d, damaged %v; want 5, none", present(got), got.Damaged)
			}
		})
	}
}

// damage overwrites the stored copy of a document.
func damage(t *testing.T, dir string, document []byte) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "targets", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if b, err := os.ReadFile(name); err == nil && string(b) == string(document) {
			if err := os.WriteFile(name, b[:len(b)/2], 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("no stored copy")
}

func present(s *trust.Snapshot) int {
	n := len(s.Keysets) + len(s.Manifests) + len(s.Statuses) + len(s.Recipients)
	if s.Cards.Version != 0 {
		n++
	}
	return n
}

func TestDocumentsThatAreNotWhatTheySay(t *testing.T) {
	good := documents(t)
	tests := []struct {
		name    string
		target  string
		content []byte
	}{
		{"keyset of another issuer", "tenants/nancy/issuer-8/keyset.json", good[keysetName]},
		{"batch under another number", "tenants/nancy/issuer-7/batch-4.json", good[batchName]},
		{"list of another batch", "tenants/nancy/issuer-7/status-4.json", good[statusName]},
		{"no JSON", keysetName, []byte("noise")},
		{"no recipient", sealName, []byte(`{"recipients":[]}`)},
		{"not an age recipient", sealName, []byte(`{"recipients":["age1nope"]}`)},
		{"two recipients in one", sealName, []byte(`{"recipients":["age1a\nage1b"]}`)},
		{"too many recipients", sealName, []byte(`{"recipients":["` + strings.Repeat(`a","`, 20) + `"]}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStation(t)
			s.pin(t)
			s.publish(t, map[string][]byte{tt.target: tt.content})
			agent := trust.Open(s.dir, nancy)
			if err := agent.Refresh(t.Context(), s.from, s.now); err == nil {
				t.Error("Refresh = nil; want the damage reported")
			}
			if got := agent.Snapshot(); !slices.Equal(got.Damaged, []string{tt.target}) || present(got) != 0 {
				t.Errorf("Damaged = %v, present %d; want %s, none", got.Damaged, present(got), tt.target)
			}
		})
	}
}

func TestUnknownKindsAreLeftAlone(t *testing.T) {
	s := newStation(t)
	s.pin(t)
	s.publish(t, map[string][]byte{
		"tenants/nancy/issuer-7/later.json":    []byte("of a later release"),
		"tenants/nancy/issuer-07/keyset.json":  []byte("not how we write 7"),
		"tenants/nancy/issuer-7/batch-3.json2": []byte("longer"),
	})
	agent := trust.Open(s.dir, nancy)
	s.refresh(t, agent)
	if got := agent.Snapshot(); len(got.Damaged) != 0 || present(got) != 0 {
		t.Errorf("Damaged = %v, present %d; want none", got.Damaged, present(got))
	}
}

func TestBatchesAreFoundBySerial(t *testing.T) {
	s := newStation(t)
	s.pin(t)
	s.publish(t, map[string][]byte{
		"tenants/nancy/issuer-7/batch-1.json":  encoded(t, manifest(1, 1, 99)),
		"tenants/nancy/issuer-7/batch-2.json":  encoded(t, manifest(2, 200, 299)),
		"tenants/nancy/issuer-7/batch-10.json": encoded(t, manifest(10, 100, 199)),
	})
	agent := trust.Open(s.dir, nancy)
	s.refresh(t, agent)
	for serial, want := range map[pass.Serial]pass.Batch{1: 1, 99: 1, 100: 10, 199: 10, 200: 2, 299: 2, 300: 0} {
		if m, _ := agent.Snapshot().Holding(7, serial); m.Batch != want {
			t.Errorf("Holding(%d) = %d; want %d", serial, m.Batch, want)
		}
	}
}
