// Package storetest makes stores for tests and holds the suite that every
// database behind fleet/store must pass. It is never part of a program.
package storetest

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// Tenant is the operator of every store made here.
const Tenant wire.Tenant = "demo"

// New returns an empty store in a temporary directory, closed when the test ends.
func New(tb testing.TB, options ...store.Option) *store.Store {
	tb.Helper()
	s, err := store.Create(tb.Context(), tb.TempDir(), options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// NewFleet returns a store with an operator, a structure, a place and a kit.
func NewFleet(tb testing.TB, options ...store.Option) *store.Store {
	tb.Helper()
	s := New(tb, options...)
	Furnish(tb, s)
	return s
}

// Furnish gives s an operator, a structure, a place and a kit, "kit-1".
func Furnish(tb testing.TB, s *store.Store) {
	tb.Helper()
	ctx, by := tb.Context(), registry.Audit{At: time.Now(), Who: "test", What: "test"}
	_, err := s.SaveTenant(ctx, registry.Tenant{ID: Tenant, Name: "Démonstration"}, by)
	if err == nil {
		_, err = s.SaveStructure(ctx, Tenant, registry.Structure{ID: 1, Name: "Association du Pont", SIRET: "73282932000074"}, by)
	}
	if err == nil {
		_, err = s.SavePlace(ctx, Tenant, registry.Place{ID: "halles", Structure: 1, Name: "Halles", Zone: "Europe/Paris"}, by)
	}
	if err == nil {
		_, err = s.SaveKit(ctx, Tenant, registry.Kit{ID: "kit-1", Structure: 1}, by)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// Enrol adds an incarnation of a station, with the key that signs its ledger.
func Enrol(tb testing.TB, s *store.Store, id wire.Station, incarnation uint32, ledger ed25519.PublicKey) {
	tb.Helper()
	token := enroll.Token{Tenant: Tenant, Kit: "kit-1", Expires: time.Now().Add(time.Hour)}
	rand.Read(token.Hash[:])
	if err := s.Enrolment().AddToken(tb.Context(), token); err != nil {
		tb.Fatal(err)
	}
	err := s.Enrolment().Admit(tb.Context(), enroll.Admission{
		Token: token.Hash, Key: token.Hash, Answer: []byte("{}"), At: time.Now(),
		Station: enroll.Station{Tenant: Tenant, ID: id, Incarnation: incarnation, Kit: "kit-1", Ledger: ledger},
		Certificate: enroll.Certificate{Serial: rand.Text(), Tenant: Tenant, Station: id, Incarnation: incarnation,
			NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)},
	})
	if err != nil {
		tb.Fatal(err)
	}
}
