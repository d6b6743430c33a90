package kiosk

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// dateWords is the present moment as the day's page says it.
type dateWords struct {
	Known      bool
	Day        string // "jeudi 12 mars 2026"
	Hour       string // "09 h 15"
	Date, Time string // values of the fields
	Shown      string // both, to compare with what comes back
	Quality    string
}

func saidNow(st Station) dateWords {
	if st.Now.IsZero() {
		return dateWords{Quality: qualityWords[pass.ClockUnset]}
	}
	date, hour := st.Now.Format(time.DateOnly), st.Now.Format("15:04")
	return dateWords{
		Known: true, Day: frenchDay(st.Now), Hour: frenchHour(st.Now), Date: date, Time: hour,
		Shown: date + " " + hour, Quality: qualityWords[st.Clock],
	}
}

var qualityWords = map[pass.Quality]string{
	pass.ClockNTP:      "à l’heure du réseau",
	pass.ClockMediator: "donnée par la médiation",
	pass.ClockRTC:      "gardée par la pile du poste",
	pass.ClockUnset:    "inconnue : à confirmer en ouvrant la journée",
}

var (
	weekdays = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	months   = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
)

func frenchDay(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %s %d", weekdays[t.Weekday()], day, months[t.Month()-1], t.Year())
}

func frenchHour(t time.Time) string { return t.Format("15 h 04") }

// saidSync says when the fleet last heard from the station.
func saidSync(st Station) string {
	switch {
	case !st.Enrolled:
		return "ce poste ne fait partie d’aucune flotte"
	case st.LastSync.IsZero():
		return "jamais, ou on ne sait pas quand"
	}
	return frenchDay(st.LastSync) + " à " + frenchHour(st.LastSync)
}

// dayWords is the open day in words.
type dayWords struct {
	Open                                 bool
	Date, Began, Place, Service, Posture string
	Lessons                              []string
	PaperKept                            bool
}

func (m *Mediator) dayWords(r *http.Request) dayWords {
	d := m.Days.Day()
	if !d.Open {
		return dayWords{}
	}
	place, _ := placeOf(m.State(r.Context()).Places, d.Place)
	service, _ := level.ServiceOf(d.Service)
	posture, _ := level.Posture(string(d.Posture))
	words := dayWords{
		Open: true, Date: frenchDate(d.Date), Began: strings.Replace(d.Began, ":", " h ", 1), Place: place.Name,
		Service: service.Label, Posture: posture.Label, PaperKept: d.PaperKept,
	}
	for _, id := range d.Lessons {
		if l, ok := m.Catalogue.Lesson(id); ok {
			words.Lessons = append(words.Lessons, l.Title)
		}
	}
	return words
}

// frenchDate says a civil date in full, or that nobody knew it.
func frenchDate(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return "date inconnue"
	}
	return frenchDay(t)
}
