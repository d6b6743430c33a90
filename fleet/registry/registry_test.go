package registry_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

const (
	tenant  = wire.Tenant("demo")
	station = wire.Station("saaaaaaaaaaaaaaaa")
)

var (
	noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)
	ada  = registry.Actor{Login: "ada", Address: "192.0.2.1"}
)

// fleet is a registry on a real store with one enrolled station.
type fleet struct {
	registry.Registry
	db     *store.Store
	pushed []wire.Desired
	cut    []wire.Station
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	db, err := store.Create(t.Context(), t.TempDir(), store.WithNow(func() time.Time { return noon }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	f := &fleet{db: db}
	f.Registry = registry.Registry{Store: db, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler),
		Push:       func(_ context.Context, _ wire.Tenant, _ wire.Station, d wire.Desired) { f.pushed = append(f.pushed, d) },
		Disconnect: func(_ wire.Tenant, id wire.Station) { f.cut = append(f.cut, id) }}
	f.must(t, f.SaveTenant(t.Context(), ada, registry.Tenant{ID: tenant, Name: "Démonstration"}))
	f.must(t, f.SaveStructure(t.Context(), ada, tenant, registry.Structure{ID: 1, Name: "Association du Pont", SIRET: "73282932000074"}))
	f.must(t, f.SavePlace(t.Context(), ada, tenant, registry.Place{ID: "halles", Structure: 1, Name: "Halles", Zone: "Europe/Paris"}))
	f.must(t, f.SavePlace(t.Context(), ada, tenant, registry.Place{ID: "mediatheque", Structure: 1, Name: "Médiathèque", Zone: "Europe/Paris"}))
	f.must(t, f.SaveKit(t.Context(), ada, tenant, registry.Kit{ID: "kit-1", Structure: 1}))
	f.must(t, db.Enrolment().AddToken(t.Context(), enroll.Token{Hash: enroll.Hash{1}, Tenant: tenant, Kit: "kit-1", Expires: noon.Add(time.Hour)}))
	f.must(t, db.Enrolment().Admit(t.Context(), admission(1, 1, "01")))
	return f
}

func admission(token byte, incarnation uint32, serial string) enroll.Admission {
	return enroll.Admission{Token: enroll.Hash{token}, Key: enroll.Hash{9, token}, Answer: []byte("answer"), At: noon,
		Station: enroll.Station{Tenant: tenant, ID: station, Incarnation: incarnation, Kit: "kit-1", Hardware: "board-7", Ledger: make([]byte, 32)},
		Certificate: enroll.Certificate{Serial: serial, Tenant: tenant, Station: station, Incarnation: incarnation,
			NotBefore: noon, NotAfter: noon.Add(24 * time.Hour)}}
}

func (f *fleet) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) desired(t *testing.T) wire.Desired {
	t.Helper()
	d, err := f.Desired(t.Context(), tenant, station)
	f.must(t, err)
	return d
}

func TestEnrolledStationHasADesiredState(t *testing.T) {
	d := newFleet(t).desired(t)
	if err := d.Check(); err != nil {
		t.Errorf("Desired() = %+v; Check: %v", d, err)
	}
	if d.Version != 1 || len(d.Places) != 2 || d.Structure.ID != 1 {
		t.Errorf("Desired() = %+v; want version 1, two places, structure 1", d)
	}
}

func TestVersionRisesOnlyOnChange(t *testing.T) {
	f := newFleet(t)
	edit := registry.Edit{Kit: "kit-1", Label: "Poste 3", Role: wire.RoleMediator, Mode: wire.ModeWorkshop, Place: "mediatheque"}
	for range 2 {
		f.must(t, f.EditStation(t.Context(), ada, tenant, station, edit))
	}
	d := f.desired(t)
	if d.Version != 2 || len(f.pushed) != 1 {
		t.Errorf("after the same edit twice: version %d, %d pushes; want 2, 1", d.Version, len(f.pushed))
	}
	if d.Places[0].ID != "mediatheque" || d.Role != wire.RoleMediator || d.Label != "Poste 3" {
		t.Errorf("Desired() = %+v; want the edit, its place first", d)
	}
}

func TestEveryEditReachesTheStation(t *testing.T) {
	tests := []struct {
		name string
		edit func(f *fleet) error
		want func(d wire.Desired) bool
	}{
		{"structure accepts passes", func(f *fleet) error {
			return f.SaveStructure(t.Context(), ada, tenant, registry.Structure{ID: 1, Name: "Pont", Passes: true})
		}, func(d wire.Desired) bool { return d.Passes && d.Structure.Name == "Pont" }},
		{"new place", func(f *fleet) error {
			return f.SavePlace(t.Context(), ada, tenant, registry.Place{ID: "bus", Structure: 1, Name: "Bus", Zone: "Europe/Paris"})
		}, func(d wire.Desired) bool { return len(d.Places) == 3 }},
		{"demonstration", func(f *fleet) error {
			return f.SaveTenant(t.Context(), ada, registry.Tenant{ID: tenant, Name: "Démo", Demonstration: true})
		}, func(d wire.Desired) bool { return d.Banner == "Démonstration" }},
		{"trust", func(f *fleet) error { return f.SetTrust(t.Context(), tenant, 7) },
			func(d wire.Desired) bool { return d.Trust == 7 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFleet(t)
			f.must(t, tt.edit(f))
			if d := f.desired(t); !tt.want(d) || d.Version != 2 || len(f.pushed) != 1 {
				t.Errorf("Desired() = %+v, %d pushes; want the edit, version 2, one push", d, len(f.pushed))
			}
		})
	}
}

func TestTrustNeverGoesBack(t *testing.T) {
	f := newFleet(t)
	f.must(t, f.SetTrust(t.Context(), tenant, 7))
	f.must(t, f.SetTrust(t.Context(), tenant, 6))
	if d := f.desired(t); d.Trust != 7 || d.Version != 2 {
		t.Errorf("Desired() = trust %d version %d; want 7, 2", d.Trust, d.Version)
	}
}

func TestDeclareLostRevokesAndCuts(t *testing.T) {
	f := newFleet(t)
	f.must(t, f.DeclareLost(t.Context(), ada, tenant, station, noon.Add(-time.Hour)))
	c, err := f.db.Enrolment().Certificate(t.Context(), "01")
	if err != nil || !c.Revoked {
		t.Errorf("Certificate() = %+v, %v; want revoked", c, err)
	}
	if since, _ := f.db.LostSince(t.Context(), tenant, station); !since.Equal(noon.Add(-time.Hour)) {
		t.Errorf("LostSince() = %v; want an hour before noon", since)
	}
	if len(f.cut) != 1 || f.cut[0] != station {
		t.Errorf("disconnected %v; want %v", f.cut, station)
	}
	entries, err := f.db.Audit(t.Context(), tenant, 0, 1)
	if err != nil || len(entries) != 1 || entries[0].What != "station.lost" || entries[0].Who != "ada" {
		t.Errorf("Audit() = %+v, %v; want ada's station.lost", entries, err)
	}
}

func TestReimagedMachineClaimsItsIdentity(t *testing.T) {
	f := newFleet(t)
	reg := f.db.Enrolment()
	f.must(t, reg.AddToken(t.Context(), enroll.Token{Hash: enroll.Hash{2}, Tenant: tenant, Kit: "kit-1", Claims: station, Expires: noon.Add(time.Hour)}))
	f.must(t, reg.Admit(t.Context(), admission(2, 2, "02")))
	old, err := reg.Certificate(t.Context(), "01")
	if err != nil || !old.Revoked {
		t.Errorf("certificate of incarnation 1 = %+v, %v; want revoked", old, err)
	}
	keys, err := f.db.LedgerKeys(t.Context(), tenant, station)
	if err != nil || len(keys) != 2 {
		t.Errorf("LedgerKeys() = %v, %v; want those of both incarnations", keys, err)
	}
	if err := reg.Admit(t.Context(), admission(2, 3, "03")); !errors.Is(err, enroll.ErrConflict) {
		t.Errorf("Admit(used token) = %v; want %v", err, enroll.ErrConflict)
	}
}

func TestLostStationIsNotReadmitted(t *testing.T) {
	f := newFleet(t)
	f.must(t, f.DeclareLost(t.Context(), ada, tenant, station, noon))
	f.must(t, f.db.Enrolment().AddToken(t.Context(), enroll.Token{Hash: enroll.Hash{2}, Tenant: tenant, Kit: "kit-1", Claims: station, Expires: noon.Add(time.Hour)}))
	if err := f.db.Enrolment().Admit(t.Context(), admission(2, 2, "02")); !errors.Is(err, enroll.ErrConflict) {
		t.Errorf("Admit(lost station) = %v; want %v", err, enroll.ErrConflict)
	}
}

func TestInvalidEditsAreRefused(t *testing.T) {
	f := newFleet(t)
	tests := []struct {
		name string
		err  error
		want error
	}{
		{"siret with a wrong digit", f.SaveStructure(t.Context(), ada, tenant, registry.Structure{ID: 1, Name: "X", SIRET: "73282932000075"}), registry.ErrInvalid},
		{"zone unknown", f.SavePlace(t.Context(), ada, tenant, registry.Place{ID: "p", Structure: 1, Name: "P", Zone: "Europe/Nancy"}), registry.ErrInvalid},
		{"insee", f.SavePlace(t.Context(), ada, tenant, registry.Place{ID: "p", Structure: 1, Name: "P", Zone: "Europe/Paris", INSEE: "5439"}), registry.ErrInvalid},
		{"unknown structure", f.SaveKit(t.Context(), ada, tenant, registry.Kit{ID: "k", Structure: 9}), registry.ErrUnknown},
		{"role", f.EditStation(t.Context(), ada, tenant, station, registry.Edit{Kit: "kit-1", Role: "boss", Mode: wire.ModeKiosk}), registry.ErrInvalid},
		{"unknown station", f.EditStation(t.Context(), ada, tenant, "sbbbbbbbbbbbbbbbb", registry.Edit{Kit: "kit-1", Role: wire.RoleStation, Mode: wire.ModeKiosk}), registry.ErrUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !errors.Is(tt.err, tt.want) {
				t.Errorf("error = %v; want %v", tt.err, tt.want)
			}
		})
	}
}
