package screens_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/images/stage"
)

// TestKioskByKeyboard tells a workshop as people live it, without a mouse: the
// mediator opens the day, a person follows the lesson to its end, a pass is
// validated and a mistake taken back, and the day ends with its sheet. Every
// page on the way is held to the accessibility rules.
func TestKioskByKeyboard(t *testing.T) {
	h := openHouse(t)
	passes := h.numbers(1)
	b := openBrowser(t)

	b.visit(h.station.Kiosk())
	b.see("Démonstration")
	b.picture("bienvenue")
	b.follow("Mode médiation")
	b.picture("porte")
	b.write("Code secret", stage.PIN)
	b.leave(kb.Enter)
	b.see("c’est bien ça ?")
	b.picture("journee")
	b.tick("souris")
	b.follow("Oui, ouvrir la journée")
	b.see("Valider des pass")
	b.picture("mode-mediation")

	b.follow("Valider des pass")
	b.write("tapez les chiffres", passes[0])
	b.leave(kb.Enter)
	b.see("Accepté")
	b.write("tapez les chiffres", passes[0])
	b.leave(kb.Enter)
	b.see("déjà")
	b.write("tapez les chiffres", passes[1])
	b.leave(kb.Enter)
	b.see("2\n")
	b.picture("pass")
	b.follow("Annuler")
	b.see("Annulé")

	b.lesson(h)

	// A session at the station closes mediator mode: it opens again.
	b.visit(h.station.Kiosk() + "mediateur")
	b.write("Code secret", stage.PIN)
	b.leave(kb.Enter)
	b.follow("Finir la journée")
	b.write("Combien de personnes", "4")
	b.write("Combien de pass en papier", "1")
	b.leave(kb.Enter)
	b.see("Feuille du jour")
	b.picture("feuille")
}

// lesson follows today's lesson as a person alone at the station, from the
// welcome to the first question and the end of the session.
func (b *browser) lesson(h *house) {
	b.t.Helper()
	b.visit(h.station.Kiosk())
	b.follow("Commencer")
	b.see("La souris")
	b.picture("lecon")
	b.follow("Commencer la leçon")
	b.picture("etape")
	for range 5 {
		b.follow("Étape suivante")
	}
	b.follow("J’ai terminé la leçon")
	b.see("Bravo")
	b.picture("bravo")
	b.follow("Les questions")
	b.see("Question 1 sur")
	b.picture("question")
	b.answer()
	b.follow("J’ai fini")
	b.see("rien ne reste ici")
	b.picture("fin")
}

// answer picks the first choice of a question and asks whether it is right.
func (b *browser) answer() {
	b.t.Helper()
	for b.focus().Tag != "input" {
		b.press(kb.Tab)
	}
	b.press(" ")
	b.follow("Voir la réponse")
	b.picture("reponse")
}
