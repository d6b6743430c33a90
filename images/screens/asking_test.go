package screens_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// sevenWays is a lesson that asks in every way there is, in two languages, with
// an easy-to-read twin.
var sevenWays = map[string]string{
	"lesson.yaml": `format: 1
id: sept
title: Sept façons de répondre
summary: Répondre de toutes les façons.
languages: [fr, en]
levels: [debutant]
audiences: [tous_publics]
themes: [messagerie]
minutes: 10
licence: etalab_2_0
authors: [Nous]
accessible: [clavier, lecteur_ecran]
objectives: [répondre]
steps: [1.md]
assets: {quiz: quiz.md}
translations: {en: {title: Seven ways to answer, summary: Answer in every way.}}
`,
	"1.md":        "# Lire un message\n\n    --{{0}}--\nÉcoutez bien.\n\nJ'ouvre le message.\n\n1. Je lis.\n2. Je ferme.\n",
	"1.facile.md": "# Lire un message\n\nJ'ouvre. Je lis. Je ferme.\n",
	"1.en.md":     "# Read a message\n\nI open the message.\n",
	"quiz.md": `# Questions

## Une seule ?
[(X)] oui
[( )] non

## Plusieurs ?
[[X]] a
[[ ]] b

## Complétez
On écrit à une [[adresse]] avec le [[(clavier)|micro]].
[[?]] Elle contient une arobase.

## La bonne touche
[[Échap|(Entrée)|Alt]]

## Dans l'ordre
1. [->[(Ouvrir)|Lire|Fermer]]
2. [->[Ouvrir|(Lire)|Fermer]]
3. [->[Ouvrir|Lire|(Fermer)]]

## Ce qui va ensemble
[[Au clavier] [À la souris]]
[(X) ( )] Écrire
[( ) (X)] Pointer

## Écoutez
--{{0}}-- Un message est arrivé.
***
Il vient d'une amie.
***
`,
}

// withLesson is a station that has one more lesson, called "sept".
func withLesson(files map[string]string) piece {
	return func(h *house) {
		for name, text := range files {
			file := filepath.Join(h.station.Data(), "lessons", "sept", name)
			h.must(os.MkdirAll(filepath.Dir(file), 0o755))
			h.must(os.WriteFile(file, []byte(text), 0o644))
		}
	}
}

// TestEveryWayOfAskingByKeyboard answers each kind of question without a
// pointer, and reads a step in its versions.
func TestEveryWayOfAskingByKeyboard(t *testing.T) {
	h := openHouse(t, withLesson(sevenWays))
	b := openBrowser(t)
	b.visit(h.station.Kiosk())
	b.follow("Commencer")
	b.visit(h.station.Kiosk() + "lecons")
	b.await("Sept façons")
	b.visit(h.station.Kiosk() + "lecon/sept/etape/1")
	b.follow("Facile à lire")
	b.see("J’ouvre. Je lis. Je ferme.")
	b.reach("Facile à lire")
	b.press(kb.Tab)
	b.press(kb.Tab)
	b.leave(kb.Enter)
	b.see("I open the message.")
	b.see("J’ouvre. Je lis.")
	b.picture("a-cote")
	b.reach("Facile à lire")
	b.press(kb.Tab)
	b.leave(kb.Enter)
	b.visit(h.station.Kiosk() + "lecon/sept/quiz/3")
	b.sends("Voir la réponse", "Mot 1", "Adresse")
	b.see("Déjà 1 sur 2")
	b.picture("presque")
	b.sends("Essayer encore", "Mot 2", "c")
	b.see("Oui, c’est bien ça")
	b.follow("Question suivante")
	b.sends("Voir la réponse", "Votre réponse", "e")
	b.follow("Question suivante")
	b.sends("Voir la réponse", "Place 1", "o", "Place 2", "l", "Place 3", "f")
	b.see("Oui, c’est bien ça")
	b.follow("Question suivante")
	b.sends("Voir la réponse", "Écrire", "a", "Pointer", "à")
	b.picture("paires")
	b.visit(h.station.Kiosk() + "lecon/sept/quiz/7")
	b.follow("J’ai écouté")
	b.see("Il vient d’une amie")
	b.follow("J’ai fini les questions")
}

// composesCycle makes a cycle, orders it and looks at its guide.
func (w *walk) composesCycle() {
	w.t.Helper()
	w.comes()
	w.follow("Les cycles")
	w.write("Son titre", "Premiers pas")
	w.leave(kb.Enter)
	for range 2 {
		w.write("La leçon", "l")
		w.follow("Ajouter")
	}
	w.write("La leçon", "r")
	w.follow("Ajouter")
	w.see("3. Repérer une arnaque")
	w.follow("« Repérer une arnaque »")
	w.see("2. Repérer une arnaque")
	w.picture("cycle")
	w.write("Mes notes pour cette séance", "Dire bonjour")
	w.follow("Enregistrer")
	w.follow("Le guide à imprimer")
	w.see("Séance 2")
	w.picture("guide")
	w.leaves()
}
