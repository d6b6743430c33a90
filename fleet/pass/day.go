package pass

import (
	"math"
	"time"
)

// Day is a civil date, counted in days since 2020-01-01. Its text form is
// "2026-12-31". The zero Day also stands for "nobody knows the date" where a
// function says so.
type Day uint16

const dayForm = "2006-01-02"

var dayZero = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// DayOf returns the civil date of t in t's location. Dates before 2020 give
// the first Day, dates after 2199-06-06 the last.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	days := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(dayZero) / (24 * time.Hour)
	return Day(min(max(days, 0), math.MaxUint16))
}

// ParseDay reads a date such as "2026-12-31". It fails with [ErrMalformed].
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(dayForm, text)
	if err != nil {
		return 0, malformed("not a date")
	}
	d := DayOf(t)
	if d.String() != text {
		return 0, malformed("date out of range")
	}
	return d, nil
}

// Date returns the year, month and day of the month.
func (d Day) Date() (int, time.Month, int) { return d.time().Date() }

// String returns the date as "2026-12-31".
func (d Day) String() string { return d.time().Format(dayForm) }

// In returns the first moment of the day in a time zone.
func (d Day) In(zone *time.Location) time.Time {
	y, m, n := d.Date()
	return time.Date(y, m, n, 0, 0, 0, 0, zone)
}

// MarshalText implements [encoding.TextMarshaler].
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

func (d Day) time() time.Time { return dayZero.AddDate(0, 0, int(d)) }
