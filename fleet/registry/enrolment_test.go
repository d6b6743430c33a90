package registry_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/enroll/enrolltest"
)

func TestTheStoreKeepsEnrolmentsPromises(t *testing.T) {
	enrolltest.Conform(t, func(t *testing.T) enroll.Registry {
		db, err := store.Create(t.Context(), t.TempDir(), store.WithNow(func() time.Time { return noon }))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		f := &fleet{db: db}
		f.Registry = registry.Registry{Store: db, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
		f.must(t, f.SaveTenant(t.Context(), ada, registry.Tenant{ID: "nancy", Name: "Essai"}))
		f.must(t, f.SaveStructure(t.Context(), ada, "nancy", registry.Structure{ID: 1, Name: "Association du Pont", SIRET: "73282932000074"}))
		f.must(t, f.SaveKit(t.Context(), ada, "nancy", registry.Kit{ID: "kit-1", Structure: 1}))
		return db.Enrolment()
	})
}
