package clock_test

import (
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/clock"
)

func TestHalfDay(t *testing.T) {
	tests := []struct {
		name string
		at   time.Time
		zone string
		want string
	}{
		{"morning", time.Date(2026, 3, 12, 8, 0, 0, 0, time.UTC), "Europe/Paris", "2026-03-12/am"},
		{"noon in Paris, winter", time.Date(2026, 3, 12, 11, 0, 0, 0, time.UTC), "Europe/Paris", "2026-03-12/pm"},
		{"before noon in Paris, summer", time.Date(2026, 7, 12, 9, 59, 59, 0, time.UTC), "Europe/Paris", "2026-07-12/am"},
		{"the day before in Cayenne", time.Date(2026, 3, 12, 1, 0, 0, 0, time.UTC), "America/Cayenne", "2026-03-11/pm"},
		{"the day after in Nouméa", time.Date(2026, 3, 12, 20, 0, 0, 0, time.UTC), "Pacific/Noumea", "2026-03-13/am"},
		{"spring forward", time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), "Europe/Paris", "2026-03-29/am"},
		{"nobody knew", time.Time{}, "Europe/Paris", ""},
		{"no zone", market, "", ""},
		{"the host's zone", market, "Local", ""},
		{"unknown zone", market, "Europe/Nancy", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clock.HalfDay(tt.at, tt.zone); got != tt.want {
				t.Errorf("HalfDay(%v, %q) = %q; want %q", tt.at, tt.zone, got, tt.want)
			}
		})
	}
}
