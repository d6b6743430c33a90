package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Waiting is how far one station's data has come.
type Waiting struct {
	Station  wire.Station
	Label    string
	Kit      string
	LastSeen time.Time // zero: never
	Pending  uint64    // records on the station, as it last said
}

// staleAfter is how long a station may be silent before figures say that it is
// missing. Kits travel: two weeks without a workshop are ordinary.
const staleAfter = 14 * 24 * time.Hour

// Stale returns the stations that figures are missing from, the longest silent
// first.
func Stale(all []Waiting, now time.Time) []Waiting {
	var out []Waiting
	for _, w := range all {
		if w.Pending > 0 || now.Sub(w.LastSeen) > staleAfter {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b Waiting) int {
		return cmp.Or(a.LastSeen.Compare(b.LastSeen), cmp.Compare(a.Station, b.Station))
	})
	return out
}

// Missing says in French what the figures do not hold yet.
func Missing(stale []Waiting) string {
	if len(stale) == 0 {
		return "aucune : tous les postes se sont synchronisés récemment"
	}
	oldest := stale[0].LastSeen
	if oldest.IsZero() {
		return fmt.Sprintf("%d poste(s) non synchronisé(s), dont au moins un jamais", len(stale))
	}
	return fmt.Sprintf("%d poste(s) non synchronisé(s), le plus ancien depuis le %s", len(stale), oldest.Format("02/01/2006"))
}

// Deadline is the day by which a batch's validations must be presented.
type Deadline struct {
	Issuer    pass.Issuer
	Batch     pass.Batch
	PresentBy pass.Day
}

// Late is a station that may hold validations nobody will be paid for: the
// deadline of a batch is near and the station has not synchronised.
type Late struct {
	Waiting
	Batch    Deadline
	DaysLeft int // below zero: too late
}

// warnDays is how early the warning comes; graceDays how long after the
// deadline it stays.
const (
	warnDays  = 30
	graceDays = 30
)

// Late returns the stations to bring back before a deadline, the most urgent
// first. A station is late when records wait on it, or when it has been silent
// for a week and could have made some. Above the structure the order does not
// tell on which station more waits.
func (r Reporter) Late(ctx context.Context, tenant wire.Tenant, s Scope) ([]Late, error) {
	deadlines, err := r.Store.Deadlines(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("find late stations: %w", err)
	}
	stations, err := r.Store.Waiting(ctx, tenant, s)
	if err != nil {
		return nil, fmt.Errorf("find late stations: %w", err)
	}
	weight := func(w Waiting) uint64 { return w.Pending }
	if !s.Exact {
		weight = func(w Waiting) uint64 { return min(w.Pending, 1) }
	}
	return lateAt(r.Now(), deadlines, stations, weight), nil
}

func lateAt(now time.Time, deadlines []Deadline, stations []Waiting, weight func(Waiting) uint64) []Late {
	next, ok := nearest(now, deadlines)
	if !ok {
		return nil
	}
	var out []Late
	for _, w := range stations {
		if w.Pending > 0 || now.Sub(w.LastSeen) > 7*24*time.Hour {
			out = append(out, Late{Waiting: w, Batch: next, DaysLeft: daysLeft(now, next)})
		}
	}
	slices.SortFunc(out, func(a, b Late) int {
		return cmp.Or(cmp.Compare(weight(b.Waiting), weight(a.Waiting)), a.LastSeen.Compare(b.LastSeen), cmp.Compare(a.Station, b.Station))
	})
	return out
}

// nearest returns the deadline to warn about now: a station carries passes of
// every batch, so the next one counts for all, and one just missed only when
// no other is near.
func nearest(now time.Time, deadlines []Deadline) (Deadline, bool) {
	var best Deadline
	urgency := func(d Deadline) int {
		left := daysLeft(now, d)
		if left < 0 {
			return warnDays - left
		}
		return left
	}
	found := false
	for _, d := range deadlines {
		left := daysLeft(now, d)
		if left > warnDays || left < -graceDays || found && urgency(d) >= urgency(best) {
			continue
		}
		best, found = d, true
	}
	return best, found
}

func daysLeft(now time.Time, d Deadline) int { return int(d.PresentBy) - int(pass.DayOf(now)) }
