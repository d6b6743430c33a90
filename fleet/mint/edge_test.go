package mint_test

import (
	"errors"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/registry"
)

// The last day ends when it ends at the place, not where the server is.
func TestTheLastDayIsThePlaces(t *testing.T) {
	tests := []struct {
		zone string
		at   time.Time
		want string
	}{
		{"America/Martinique", time.Date(2027, 2, 1, 1, 0, 0, 0, time.UTC), "provisoire"}, // 31 January, 21 h
		{"America/Martinique", time.Date(2027, 2, 1, 5, 0, 0, 0, time.UTC), "rejete"},
		{"Indian/Reunion", time.Date(2027, 1, 31, 19, 0, 0, 0, time.UTC), "provisoire"}, // 23 h
		{"Indian/Reunion", time.Date(2027, 1, 31, 21, 0, 0, 0, time.UTC), "rejete"},     // 1 February, 1 h
	}
	for _, tt := range tests {
		t.Run(tt.zone+" "+tt.want, func(t *testing.T) {
			b := newBench(t)
			b.now = b.now.UTC()
			a := registry.Audit{At: market, Who: "test", What: "test"}
			must(b.store.SaveStructure(t.Context(), tenant, registry.Structure{ID: 4, Name: "Structure"}, a))
			must(b.store.SavePlace(t.Context(), tenant, registry.Place{ID: "bourg", Structure: 4, Name: "Bourg", Zone: tt.zone}, a))
			v := b.validation(k1, 4, b.batch(nil).Manifest, 5, tt.at)
			v.Record.Place = "bourg"
			b.believe(v)
			if got := b.states()[string(k1)]; got != tt.want {
				t.Errorf("state of a validation at %v = %s; want %s", tt.at, got, tt.want)
			}
		})
	}
}

// A pass with an event that the rule has not seen is not paid meanwhile.
func TestWhatIsNotSettledIsNotPaid(t *testing.T) {
	b := newBench(t)
	v := b.validation(k1, 4, b.batch(nil).Manifest, 5, market)
	b.believe(v)
	b.states()
	b.believe(b.cancellation(v))
	closing := mint.Closing{Structure: 4, Period: "2026-03", Before: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), At: market}
	if s, err := b.store.CloseStatement(t.Context(), tenant, closing); !errors.Is(err, mint.ErrNothingOwed) {
		t.Errorf("CloseStatement = %+v, %v; want %v", s, err, mint.ErrNothingOwed)
	}
	if got := b.states()[string(k1)]; got != "annule" {
		t.Errorf("state = %s; want annule", got)
	}
}
