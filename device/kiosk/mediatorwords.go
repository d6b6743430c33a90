package kiosk

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// What mediator mode says when something typed cannot be taken.
const (
	problemCount = "Écrivez un nombre dans chaque case, par exemple 9. S’il n’y en a pas, écrivez 0."
	problemDisk  = "Le disque du poste est plein : la journée reste ouverte et rien n’est perdu. Reliez le poste au réseau, ou appelez votre technicienne ou votre technicien."
)

// doorWords says why the door stays shut.
func doorWords(err error) string {
	switch {
	case errors.Is(err, workshop.ErrWait):
		return "Trop d’essais : attendez avant de recommencer."
	case errors.Is(err, workshop.ErrPIN):
		return "Ce code n’est pas le bon. Vérifiez-le et recommencez."
	case errors.Is(err, workshop.ErrNoPIN):
		return "Il n’y a pas de code pour cette structure : montrez votre carte au lecteur."
	case errors.Is(err, workshop.ErrNotOurs):
		return "Cette carte n’ouvre pas ce poste : elle est d’une autre structure."
	case errors.Is(err, workshop.ErrRevoked):
		return "Cette carte a été déclarée perdue. Elle n’ouvre plus aucun poste."
	case errors.Is(err, workshop.ErrCardDate):
		return "Cette carte n’est pas valable aujourd’hui. Demandez-en une nouvelle."
	}
	return "Le mode médiation ne s’ouvre pas. Recommencez."
}

// dayProblem says what to change in the form of the day; "" when nothing the
// mediator types would help.
func dayProblem(err error) string {
	switch {
	case errors.Is(err, workshop.ErrDay):
		return "Choisissez un lieu, un service et une façon d’accompagner."
	case errors.Is(err, errDateForm):
		return "La date ou l’heure n’est pas lisible. Exemple : 12/03/2026 et 09:15."
	case errors.Is(err, ErrDatePast):
		return "Cette date est déjà passée, c’est certain. Vérifiez le jour, le mois et l’année."
	case errors.Is(err, ErrDateFuture):
		return "Cette date est trop lointaine. Vérifiez l’année."
	case errors.Is(err, ErrDateKnown):
		return "Le réseau donne une autre date à ce poste. Gardez celle qui est affichée."
	case errors.Is(err, ErrDiskFull):
		return "Le disque du poste est plein : la journée ne peut pas être enregistrée. Appelez votre technicienne ou votre technicien."
	}
	return ""
}

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

// sheetWords is what the sheet says besides its figures.
type sheetWords struct{ Date, Began, Ended, Posture, Gap string }

func wordsOfSheet(s workshop.Sheet) sheetWords {
	posture, _ := level.Posture(string(s.Posture))
	w := sheetWords{
		Date: frenchDate(s.Date), Posture: posture.Label,
		Began: strings.Replace(s.Began, ":", " h ", 1), Ended: strings.Replace(s.Ended, ":", " h ", 1),
	}
	switch gap := s.Gap(); {
	case gap == 1:
		w.Gap = "Il manque 1 papier : cherchez-le avant de partir, il sera demandé pour le paiement."
	case gap > 1:
		w.Gap = fmt.Sprintf("Il manque %d papiers : cherchez-les avant de partir, ils seront demandés pour le paiement.", gap)
	case gap < 0:
		w.Gap = fmt.Sprintf("Il y a %s de plus que de validations : montrez les papiers au lecteur, un pass a peut-être été oublié.", count(-gap, "papier", "papiers"))
	}
	return w
}

func count(n int, one, many string) string {
	if n < 2 {
		return strconv.Itoa(n) + " " + one
	}
	return strconv.Itoa(n) + " " + many
}

// alertWords is an alert in two sentences: what is, and what to do.
type alertWords struct{ What, Do string }

func wordsOfAlert(a Alert) alertWords {
	switch a.Kind {
	case AlertDeadline:
		what := fmt.Sprintf("%s, à présenter au paiement avant le %s.", count(a.N, "validation n’est pas encore envoyée", "validations ne sont pas encore envoyées"), frenchDay(a.By))
		return alertWords{what, "Reliez ce poste au réseau avant cette date : après, la structure ne sera pas payée."}
	case AlertDisk:
		return alertWords{"Le disque de ce poste est presque plein.", "Reliez-le au réseau pour qu’il envoie ce qu’il garde, ou appelez votre technicienne ou votre technicien."}
	case AlertAside:
		return alertWords{"Le journal de ce poste était abîmé et a été mis de côté.", "Rien de nouveau n’est perdu. Prévenez votre technicienne ou votre technicien."}
	case AlertClock:
		return alertWords{"Ce poste ne connaît pas la date.", "Confirmez-la en ouvrant la journée : les dates des pass pourront être vérifiées."}
	case AlertSync:
		return alertWords{fmt.Sprintf("Ce poste n’a rien échangé depuis %s.", count(a.N, "jour", "jours")), "Reliez-le au réseau dès que possible."}
	case AlertLists:
		return alertWords{fmt.Sprintf("Les listes de pass de ce poste ont %s.", count(a.N, "jour", "jours")), "Reliez-le au réseau : peu de pass pourront être validés, et seulement par leur code carré."}
	case AlertReader:
		return alertWords{"Le lecteur de pass ne répond pas.", "Tapez les chiffres du pass, ou débranchez et rebranchez le lecteur."}
	}
	return alertWords{"Ce poste signale un problème.", "Appelez votre technicienne ou votre technicien."}
}

// lineWords is a line of the row as it is read.
type lineWords struct {
	redeem.Line
	Tone   string // yes, note, wait, no: a shape and a word go with it
	Title  string
	Detail []string
	Ask    []askWords
	Value  string
	Hour   string
}

type askWords struct {
	Word redeem.Override
	Text string
}

// Said is the line in one breath.
func (l lineWords) Said() string {
	return strings.TrimSpace(l.Title + ". " + strings.Join(l.Detail, " "))
}

func wordsOf(line redeem.Line) lineWords {
	o := outcomes[line.Kind]
	w := lineWords{Line: line, Tone: o.tone, Title: o.title}
	if line.Kind.Written() || line.Kind == redeem.NeedsMediator {
		w.Value = euros(line.Value)
	}
	if !line.At.IsZero() {
		w.Hour = frenchHour(line.At)
	}
	w.Detail = details(line, o)
	if line.Cancelled {
		w.Tone, w.Title = "no", "Annulé"
		w.Detail = []string{"La validation est annulée : le pass peut resservir."}
	}
	for _, word := range line.Words {
		w.Ask = append(w.Ask, askWords{word, askings[word]})
	}
	return w
}

func details(line redeem.Line, o passWords) []string {
	var list []string
	if why, ok := reasons[line.Why]; ok {
		list = append(list, why)
	} else if o.detail != "" {
		list = append(list, o.detail)
	}
	if !line.UsedAt.IsZero() {
		list = append(list, "C’était à "+frenchHour(line.UsedAt)+".")
	}
	if line.Kind == redeem.NeedsMediator {
		for _, need := range line.Needs {
			list = append(list, reasons[need])
		}
	}
	if o.tone == "no" {
		return list
	}
	for _, note := range line.Notes {
		list = append(list, notes[note])
	}
	return list
}

func euros(cents int) string {
	switch {
	case cents == 0:
		return ""
	case cents%100 == 0:
		return strconv.Itoa(cents/100) + " €"
	}
	return fmt.Sprintf("%d,%02d €", cents/100, cents%100)
}
