package redeem_test

import (
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/redeem"
)

// The three dates count in the civil time of the place, wherever it is.
func TestDatesAtTheBoundary(t *testing.T) {
	tolerated := answer{kind: redeem.Tolerated, notes: []redeem.Note{redeem.InTolerance}}
	moments := []struct {
		name string
		at   time.Time // read as local time
		want answer
	}{
		{"last second of 31/12", time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC), answer{kind: redeem.Accepted}},
		{"first second of 01/01", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), tolerated},
		{"last second of 31/01", time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC), tolerated},
		{"first second of 01/02", time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), answer{kind: redeem.Expired}},
	}
	zones := []string{
		"Europe/Paris", "America/Guadeloupe", "America/Cayenne", "America/Miquelon", "Indian/Reunion", "Indian/Mayotte",
		"Pacific/Noumea", "Pacific/Tahiti", "Pacific/Wallis", "Pacific/Marquesas",
	}
	for _, name := range zones {
		for _, m := range moments {
			t.Run(name+" "+m.name, func(t *testing.T) {
				w := newWorld(t)
				f := w.facts(t)
				f.Zone = zone(t, name)
				y, month, d := m.at.Date()
				f.Now = time.Date(y, month, d, m.at.Hour(), m.at.Minute(), m.at.Second(), 0, f.Zone)
				w.status.IssuedAt = f.Now
				check(t, f, m.want)
			})
		}
	}
}

func TestDatesWithoutAClock(t *testing.T) {
	unverified := []redeem.Note{redeem.DatesUnverified}
	edge := answer{kind: redeem.NeedsMediator, needs: []redeem.Reason{redeem.ExpiryEdge}, notes: unverified}
	cases := []struct {
		name  string
		floor time.Time
		words []redeem.Override
		want  answer
	}{
		{"far from the end", noon(2026, 3, 12), nil, answer{kind: redeem.Accepted, notes: unverified}},
		{"45 days before the end", noon(2026, 11, 16), nil, answer{kind: redeem.Accepted, notes: unverified}},
		{"44 days before the end", noon(2026, 11, 17), nil, edge},
		{"after the end", noon(2027, 6, 1), nil, edge},
		{"the mediator read the date", noon(2026, 12, 20), []redeem.Override{redeem.DateConfirmed},
			answer{kind: redeem.Accepted, needs: []redeem.Reason{redeem.ExpiryEdge}, notes: unverified}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			f := w.facts(t)
			f.Now, f.Dated, f.Overrides = c.floor, false, c.words
			w.status.IssuedAt = c.floor
			check(t, f, c.want)
		})
	}
}
