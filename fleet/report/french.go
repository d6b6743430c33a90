package report

import (
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

var months = [...]string{"", "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
var days = [...]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."}

// HalfDay says a counter's half-day in French: "jeu. 12 mars 2026, matin".
func HalfDay(period string) string {
	date, moment, _ := cutLast(period)
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return "Sans date"
	}
	half := "matin"
	if moment == "pm" {
		half = "après-midi"
	}
	return fmt.Sprintf("%s %d %s %d, %s", days[t.Weekday()], t.Day(), months[t.Month()], t.Year(), half)
}

// Day says a day in French: "jeu. 12 mars 2026".
func Day(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return "Sans date"
	}
	return fmt.Sprintf("%s %d %s %d", days[t.Weekday()], t.Day(), months[t.Month()], t.Year())
}

func cutLast(period string) (date, moment string, ok bool) {
	if len(period) != len("2026-03-12/am") {
		return "", "", false
	}
	return period[:10], period[11:], true
}

// Month says a month in French: "mars 2026".
func Month(month string) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return "Sans date"
	}
	return months[t.Month()] + " " + fmt.Sprint(t.Year())
}

// French says a period: "mars 2026", "1er trimestre 2026" or "année 2026".
func (p Period) French() string {
	switch {
	case p.Month > 0:
		return Month(p.String())
	case p.Quarter == 1:
		return fmt.Sprintf("1er trimestre %d", p.Year)
	case p.Quarter > 1:
		return fmt.Sprintf("%de trimestre %d", p.Quarter, p.Year)
	}
	return fmt.Sprintf("année %d", p.Year)
}

// Posture says in French who did the work.
func Posture(p pass.Posture) string {
	switch p {
	case pass.PostureGuide:
		return "Faire faire"
	case pass.PostureWith:
		return "Faire avec"
	case pass.PostureInstead:
		return "Faire à la place"
	}
	return "Posture non précisée"
}

// BatchName says which batch.
func BatchName(issuer pass.Issuer, batch pass.Batch) string {
	if issuer == 0 {
		return "Pass d’un autre émetteur"
	}
	return fmt.Sprintf("Lot %d (émetteur %d)", batch, issuer)
}

// name pairs an identifier with its French.
type name struct{ id, label string }

// languages lists those of the interface; others share a row.
func languages() []name {
	return []name{{"fr", "Français"}, {"en", "Anglais"}, {"ar", "Arabe"}}
}

// accesses lists the display modes of a station; others share a row.
func accesses() []name {
	return []name{{"grand", "Grands caractères"}, {"tresgrand", "Très grands caractères"}, {"contraste", "Contraste renforcé"},
		{"espace", "Lettres et lignes espacées"}, {"calme", "Sans mouvement"}}
}
