package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// countPapers believes an end-of-day count of structure 1.
func countPapers(t *testing.T, s *store.Store, st wire.Station, seq uint64, date string, validated, kept int, at time.Time) {
	t.Helper()
	log := pass.LogID{1}
	rec := pass.Record{V: 1, Kind: pass.PaperCount, Tenant: "demo", Station: string(st), At: pass.Position{Log: log, Seq: seq},
		Papers: &pass.Papers{Date: date, Validated: validated, Kept: kept}, Structure: 1, Place: "nord"}
	must(t)(nil, s.Believe(t.Context(), intake.Belief{Log: intake.Log{Tenant: "demo", Station: st, ID: log}, Seq: seq,
		Papers: []intake.Validation{{Record: rec, At: at, Received: at}}}))
}

func TestPaperDays(t *testing.T) {
	s := twoStructures(t)
	noon := time.Date(2026, 3, 12, 11, 0, 0, 0, time.UTC)
	for seq := range uint64(3) {
		believe(t, s, north, seq+1, pass.Ref{Assurance: pass.QRSigned, Issuer: 1, Batch: 1, Serial: pass.Serial(seq + 1)}, noon.AddDate(0, 0, int(seq/2)))
	}
	countPapers(t, s, north, 11, "2026-03-12", 2, 5, noon.Add(time.Hour))
	countPapers(t, s, north, 12, "2026-03-12", 2, 2, noon.Add(2*time.Hour)) // corrects the first
	countPapers(t, s, south, 11, "2026-03-12", 0, 1, noon)                  // another station, same place
	countPapers(t, s, north, 13, "", 1, 1, noon.Add(24*time.Hour))          // the day was not said
	countPapers(t, s, north, 14, "2026-04-01", 0, 8, noon)                  // outside
	tests := []struct {
		name  string
		scope report.Scope
		want  string
	}{
		{"structure", report.Scope{Structure: 1}, "[{2026-03-12 nord 2 3} {2026-03-13 nord 1 1}]"},
		{"territory", report.Scope{Territory: "nord"}, "[{2026-03-12 nord 2 3} {2026-03-13 nord 1 1}]"},
		{"other structure", report.Scope{Structure: 2}, "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			days, err := s.PaperDays(t.Context(), "demo", tt.scope, "2026-01-01", "2026-04-01")
			if err != nil || fmt.Sprint(days) != tt.want {
				t.Errorf("PaperDays(%+v) = %v, %v; want %s", tt.scope, days, err, tt.want)
			}
		})
	}
}

// A morning and an afternoon at one place are two counts that add up, and
// either may be counted again.
func TestPapersOfTwoWorkshopsInADayAddUp(t *testing.T) {
	s := twoStructures(t)
	noon := time.Date(2026, 3, 12, 11, 0, 0, 0, time.UTC)
	validate := func(seq uint64) {
		believe(t, s, north, seq, pass.Ref{Assurance: pass.QRSigned, Issuer: 1, Batch: 1, Serial: pass.Serial(seq)}, noon)
	}
	validate(1)
	validate(2)
	countPapers(t, s, north, 3, "2026-03-12", 2, 1, noon.Add(time.Minute))
	countPapers(t, s, north, 4, "2026-03-12", 2, 2, noon.Add(2*time.Minute))
	validate(5)
	countPapers(t, s, north, 6, "2026-03-12", 1, 0, noon.Add(3*time.Minute))
	countPapers(t, s, north, 7, "2026-03-12", 1, 1, noon.Add(4*time.Minute))
	days, err := s.PaperDays(t.Context(), "demo", report.Scope{}, "2026-01-01", "2026-04-01")
	if want := "[{2026-03-12 nord 3 3}]"; err != nil || fmt.Sprint(days) != want {
		t.Errorf("PaperDays = %v, %v; want %s", days, err, want)
	}
}

// The same moment is 31 March in Paris and 1 April in Nouméa.
func TestValidationsHaveTheDayOfTheirPlace(t *testing.T) {
	for zone, want := range map[string]string{"Europe/Paris": "[{2026-03-31 nord 1 0}]", "Pacific/Noumea": "[]", "America/Cayenne": "[{2026-03-31 nord 1 0}]"} {
		t.Run(zone, func(t *testing.T) {
			s := twoStructures(t)
			a := registry.Audit{At: time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC), Who: "test", What: "test"}
			must(t)(s.SavePlace(t.Context(), "demo", registry.Place{ID: "nord", Structure: 1, Name: "nord", Zone: zone}, a))
			believe(t, s, north, 1, pass.Ref{Assurance: pass.QRSigned, Issuer: 1, Batch: 1, Serial: 1}, time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC))
			days, err := s.PaperDays(t.Context(), "demo", report.Scope{}, "2026-01-01", "2026-04-01")
			if err != nil || fmt.Sprint(days) != want {
				t.Errorf("PaperDays(first quarter) in %s = %v, %v; want %s", zone, days, err, want)
			}
			counts, err := s.ValidationCounts(t.Context(), "demo", report.Scope{}, "2026-01-01", "2026-04-01")
			if err != nil || len(counts) != len(days) {
				t.Errorf("ValidationCounts(first quarter) in %s = %v, %v; want as many as %s", zone, counts, err, want)
			}
		})
	}
}
