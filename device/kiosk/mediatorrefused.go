package kiosk

import (
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/device/lesson"
)

// maxPackName is what a page shows of a file's name.
const maxPackName = 60

// refusals says why a lesson pack is not shown. The errors are tried in order.
func refusals() []refusal {
	return []refusal{
		{lesson.ErrFormat, "elle n’est pas dans le format attendu"},
		{lesson.ErrMissing, "il lui manque un fichier"},
		{lesson.ErrTooLarge, "elle dépasse ce qu’un poste peut garder"},
		{lesson.ErrPath, "un de ses fichiers a un nom ou un type interdit"},
		{lesson.ErrActive, "elle contient un programme"},
		{lesson.ErrRemote, "elle renvoie à une adresse hors de ce poste"},
		{lesson.ErrQuiz, "son quiz n’est pas lisible"},
		{lesson.ErrGame, "son jeu n’est pas lisible"},
		{lesson.ErrHash, "elle a été abîmée ou changée en chemin"},
		{lesson.ErrDuplicate, "une autre leçon porte le même identifiant"},
	}
}

type refusal struct {
	err error
	why string
}

// wordsOfRefused is the alert of a lesson pack that is not shown. Of the pack
// it tells the file's name only.
func wordsOfRefused(a Alert) alertWords {
	why := "elle n’a pas pu être lue"
	for _, r := range refusals() {
		if errors.Is(a.Why, r.err) {
			why = r.why
			break
		}
	}
	what := fmt.Sprintf("Une leçon n’est pas proposée : %s.", why)
	if a.File != "" {
		what = fmt.Sprintf("La leçon « %s » n’est pas proposée : %s.", shortened(a.File), why)
	}
	return alertWords{what, "Les autres leçons marchent. Donnez cette phrase à la personne qui a préparé la leçon, ou à votre technicienne ou votre technicien."}
}

func shortened(name string) string {
	letters := []rune(name)
	if len(letters) <= maxPackName {
		return name
	}
	return string(letters[:maxPackName]) + "…"
}
