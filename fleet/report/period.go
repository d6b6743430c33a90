package report

import (
	"fmt"
	"time"
)

// Period is a calendar month, quarter or year. Exactly one of Month and
// Quarter is set, or neither for a year.
type Period struct {
	Year    int
	Quarter int // 1 to 4, or 0
	Month   int // 1 to 12, or 0
}

// QuarterOf returns the quarter that t is in.
func QuarterOf(t time.Time) Period {
	return Period{Year: t.Year(), Quarter: (int(t.Month())-1)/3 + 1}
}

// ParsePeriod reads "2026-03", "2026-T1" or "2026".
func ParsePeriod(text string) (Period, bool) {
	var p Period
	switch len(text) {
	case len("2026-T1"):
		if n, err := fmt.Sscanf(text, "%4d-%2d", &p.Year, &p.Month); err == nil && n == 2 && len(text) == 7 && p.String() == text {
			return p, p.valid()
		}
		p = Period{}
		_, err := fmt.Sscanf(text, "%4d-T%1d", &p.Year, &p.Quarter)
		return p, err == nil && p.valid() && p.String() == text
	case len("2026"):
		_, err := fmt.Sscanf(text, "%4d", &p.Year)
		return p, err == nil && p.valid() && p.String() == text
	}
	return p, false
}

func (p Period) valid() bool {
	return p.Year >= 2000 && p.Year <= 2200 && p.Quarter >= 0 && p.Quarter <= 4 && p.Month >= 0 && p.Month <= 12
}

// String returns the form that [ParsePeriod] reads.
func (p Period) String() string {
	switch {
	case p.Month > 0:
		return fmt.Sprintf("%04d-%02d", p.Year, p.Month)
	case p.Quarter > 0:
		return fmt.Sprintf("%04d-T%d", p.Year, p.Quarter)
	}
	return fmt.Sprintf("%04d", p.Year)
}

// For returns the period that a reader of scope s gets when asking for p at a
// time: for those above the structure a whole quarter that is over, because
// the difference of two readings of a running one would be a small number.
func (p Period) For(s Scope, now time.Time) Period {
	if s.Exact {
		return p
	}
	q, last := p.quarter(), LastFinished(now)
	if q.first().After(last.first()) {
		return last
	}
	return q
}

// dateLine is how long after UTC the last zone's day ends.
const dateLine = 12 * time.Hour

// LastFinished returns the last quarter that is over in every zone.
func LastFinished(now time.Time) Period {
	return QuarterOf(now.UTC().Add(-dateLine)).Before()
}

// quarter returns the quarter p is in; the last one of a year.
func (p Period) quarter() Period {
	switch {
	case p.Quarter > 0:
		return p
	case p.Month > 0:
		return Period{Year: p.Year, Quarter: (p.Month-1)/3 + 1}
	}
	return Period{Year: p.Year, Quarter: 4}
}

// From returns the first day, "2026-01-01".
func (p Period) From() string { return p.first().Format(time.DateOnly) }

// Until returns the day after the last.
func (p Period) Until() string { return p.first().AddDate(0, p.months(), 0).Format(time.DateOnly) }

// Before returns the period of the same length before p.
func (p Period) Before() Period { return p.moved(-p.months()) }

// After returns the period of the same length after p.
func (p Period) After() Period { return p.moved(p.months()) }

func (p Period) moved(months int) Period {
	t := p.first().AddDate(0, months, 0)
	switch {
	case p.Month > 0:
		return Period{Year: t.Year(), Month: int(t.Month())}
	case p.Quarter > 0:
		return QuarterOf(t)
	}
	return Period{Year: t.Year()}
}

func (p Period) first() time.Time {
	month := max(p.Month, 1)
	if p.Quarter > 0 {
		month = 3*p.Quarter - 2
	}
	return time.Date(p.Year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
}

func (p Period) months() int {
	switch {
	case p.Month > 0:
		return 1
	case p.Quarter > 0:
		return 3
	}
	return 12
}

// Times returns the first moment of p and the first after it in a zone.
func (p Period) Times(zone *time.Location) (from, until time.Time, err error) {
	if from, err = time.ParseInLocation(time.DateOnly, p.From(), zone); err != nil {
		return from, until, fmt.Errorf("period: %w", err)
	}
	until, err = time.ParseInLocation(time.DateOnly, p.Until(), zone)
	return from, until, err
}
