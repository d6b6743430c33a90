package clock

import (
	"time"
)

// HalfDay returns the half-day that t belongs to in a place's civil time, as
// counters name it: "2026-03-12/am" before noon, "2026-03-12/pm" after. It
// returns "", which counters accept for "nobody knew", when t is zero or zone
// is no IANA zone name.
func HalfDay(t time.Time, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" || t.IsZero() {
		return ""
	}
	civil := t.In(loc)
	if civil.Hour() < 12 {
		return civil.Format("2006-01-02/am")
	}
	return civil.Format("2006-01-02/pm")
}
