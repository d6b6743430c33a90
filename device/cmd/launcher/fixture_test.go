package main

import (
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/argon2"

	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const (
	tenant    wire.Tenant    = "demo"
	issuer    pass.Issuer    = 7
	batch     pass.Batch     = 3
	structure pass.Structure = 11
	pin                      = "424242"
)

// fleet is what a fleet server would have made for one station.
type fleet struct {
	data, run string
	passKey   ed25519.PrivateKey
	cardKey   ed25519.PrivateKey
	age       *age.X25519Identity
	statuses  map[pass.Serial]pass.Status
	presentBy time.Duration // from now
}

// newFleet enrols a station whose directories are below dir.
func newFleet(t testing.TB, dir string, want func(*wire.Desired)) *fleet {
	t.Helper()
	f := &fleet{data: filepath.Join(dir, "data"), run: filepath.Join(dir, "run"), presentBy: 200 * 24 * time.Hour}
	_, f.passKey, _ = ed25519.GenerateKey(nil)
	_, f.cardKey, _ = ed25519.GenerateKey(nil)
	var err error
	if f.age, err = age.GenerateX25519Identity(); err != nil {
		t.Fatal(err)
	}
	f.enrol(t, dir)
	f.desire(t, want)
	return f
}

func (f *fleet) enrol(t testing.TB, dir string) {
	t.Helper()
	now, home := time.Now(), filepath.Join(dir, "authority")
	must(t, identity.CreateAuthority(home, "Demo", now))
	authority, err := identity.OpenAuthority(home)
	must(t, err)
	keys, err := identity.NewKeys()
	must(t, err)
	who := identity.Peer{Tenant: tenant, Station: identity.NewStationID(), Incarnation: 1}
	chain, _, err := authority.IssueStation(who, &keys.TLS.PublicKey, now)
	must(t, err)
	me, err := identity.NewStation(keys, chain, authority.RootPEM(), "kit-1", "localhost:8883")
	must(t, err)
	must(t, os.MkdirAll(filepath.Join(f.data, identityDir), 0o700))
	must(t, me.Save(filepath.Join(f.data, identityDir)))
}

// desire writes what the agent would have left.
func (f *fleet) desire(t testing.TB, want func(*wire.Desired)) {
	t.Helper()
	d := wire.Desired{
		Version: 1, Kit: "kit-1", Label: "Poste 1", Role: wire.RoleMediator, Mode: wire.ModeKiosk, Passes: true,
		Structure: wire.Structure{ID: structure, SIRET: "12345678901234", Name: "Centre social des Tilleuls"},
		Places: []wire.Place{
			{ID: "mediatheque", Name: "Médiathèque des Tilleuls", Commune: "Vandœuvre", Zone: "Europe/Paris"},
			{ID: "halle", Name: "Halle du marché", Commune: "Pont-à-Mousson", Zone: "Europe/Paris"},
		},
		Banner: "Démonstration", Contact: "03 00 00 00 00",
	}
	if want != nil {
		want(&d)
	}
	text, err := json.Marshal(d)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(f.data, "desired.json"), text, 0o600))
}

// publish makes the documents of a batch and brings them to the station, as
// the agent would.
func (f *fleet) publish(t testing.TB, dir string) {
	t.Helper()
	now, home := time.Now(), filepath.Join(dir, "release")
	must(t, release.Init(home, now, tenant))
	repository, err := release.Open(home)
	must(t, err)
	must(t, repository.Publish(tenant, f.documents(t, now)))
	root, err := repository.Root()
	must(t, err)
	trusted := filepath.Join(f.data, trustDir)
	must(t, release.Pin(trusted, root))
	must(t, trust.Open(trusted, tenant).Refresh(t.Context(), release.Dir(filepath.Join(home, "public")), now))
}

func (f *fleet) documents(t testing.TB, now time.Time) map[string][]byte {
	t.Helper()
	key := pass.Key{ID: 1, SignFrom: pass.DayOf(now) - 10, SignUntil: pass.DayOf(now) + 400, VerifyUntil: pass.DayOf(now) + 800}
	passKey, cardKey := key, key
	passKey.Public, cardKey.Public = f.passKey.Public().(ed25519.PublicKey), f.cardKey.Public().(ed25519.PublicKey)
	by := pass.DayOf(now.Add(f.presentBy))
	list := pass.NewStatusList(issuer, batch, 1, 200)
	list.Version, list.IssuedAt = 1, now
	for serial, status := range f.statuses {
		list.Set(serial, status)
	}
	docs := map[string]interface{ Encode() ([]byte, error) }{
		"issuer-7/keyset.json": pass.Keyset{Version: 1, Issuer: issuer, Series: 12, Name: "Département", Keys: []pass.Key{passKey}},
		"issuer-7/batch-3.json": pass.Manifest{
			Version: 1, Issuer: issuer, Series: 12, Batch: batch, FaceValue: 1000, Year: now.Year(),
			UseUntil: by - 60, ToleranceUntil: by - 28, PresentBy: by, CarnetSize: 10, First: 1, Last: 200, Keys: []pass.KeyID{1},
			Structures: []pass.Qualification{{Structure: structure, From: pass.DayOf(now) - 10, Until: by}}, Limits: pass.DefaultLimits(), Specimen: true,
		},
		"issuer-7/status-3.json": list,
		"cards.json":             pass.Cards{Version: 1, Tenant: string(tenant), Keys: []pass.Key{cardKey}, PINs: []pass.PIN{{Structure: structure, Hash: hashOf(pin)}}},
	}
	out := map[string][]byte{"tenants/demo/seal.json": []byte(`{"recipients":["` + f.age.Recipient().String() + `"]}`)}
	for name, doc := range docs {
		text, err := doc.Encode()
		must(t, err)
		out["tenants/demo/"+name] = text
	}
	return out
}

func hashOf(pin string) string {
	p := pass.PHC{Memory: 8, Time: 1, Threads: 1, Salt: []byte("12345678")}
	p.Sum = argon2.IDKey([]byte(pin), p.Salt, p.Time, p.Memory, p.Threads, 32)
	return p.String()
}

// code is the square code of a pass.
func (f *fleet) code(t testing.TB, serial pass.Serial) string {
	t.Helper()
	s, err := pass.Payload{Issuer: issuer, Key: 1, Batch: batch, Serial: serial, NotAfter: 3000}.Sign(f.passKey)
	must(t, err)
	return s.Digits()
}

// card is the square code of a mediator card.
func (f *fleet) card(t testing.TB, change func(*pass.Card)) string {
	t.Helper()
	today := pass.DayOf(time.Now())
	c := pass.Card{Key: 1, Tenant: pass.TenantTag(string(tenant)), Structure: structure, ID: 5, NotBefore: today - 1, NotAfter: today + 300}
	if change != nil {
		change(&c)
	}
	s, err := c.Sign(f.cardKey)
	must(t, err)
	return s.Digits()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
