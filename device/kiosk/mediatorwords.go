package kiosk

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/level"
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
	case errors.Is(err, workshop.ErrUnknownKey):
		return "Ce poste ne connaît pas encore cette carte : reliez-le au réseau, ou utilisez le code."
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
		what := fmt.Sprintf("%s, à présenter au paiement au plus tard le %s.", count(a.N, "validation n’est pas encore envoyée", "validations ne sont pas encore envoyées"), frenchDay(a.By))
		return alertWords{what, "Reliez ce poste au réseau avant cette date : ensuite, la structure ne sera pas payée."}
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
	case AlertStart:
		return startWords(a.Start)
	case AlertLesson:
		return wordsOfRefused(a)
	case AlertLessons:
		return alertWords{fmt.Sprintf("Et %s.", count(a.N, "autre leçon n’est pas proposée", "autres leçons ne sont pas proposées")), "Appelez votre technicienne ou votre technicien."}
	}
	return alertWords{"Ce poste signale un problème.", "Appelez votre technicienne ou votre technicien."}
}
