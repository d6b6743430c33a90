package screens_test

import "github.com/chromedp/chromedp/kb"

// opensDay says what is done today.
func (w *walk) opensDay() {
	w.t.Helper()
	w.see("Démonstration")
	w.picture("bienvenue")
	w.follow("Mode médiation")
	w.picture("porte")
	w.unlocks()
	w.see("c’est bien ça ?")
	w.picture("journee")
	w.tick("souris")
	w.follow("Oui, ouvrir la journée")
	w.see("Valider des pass")
	w.picture("mode-mediation")
	w.leaves()
}

// validatesPasses has passes validated, one of them twice, and takes one back.
func (w *walk) validatesPasses() {
	w.t.Helper()
	w.comes()
	w.validates(w.passes[0])
	w.write("tapez les chiffres", w.passes[0])
	w.leave(kb.Enter)
	w.see("déjà")
	w.write("tapez les chiffres", w.passes[1])
	w.leave(kb.Enter)
	w.see("2\n")
	w.picture("pass")
	w.follow("Annuler")
	w.see("Annulé")
	w.leaves()
}

// followsTodaysLesson goes from the welcome through the lesson to the first
// question and the end of the session.
func (w *walk) followsTodaysLesson() {
	w.t.Helper()
	w.follow("Commencer")
	w.see("La souris")
	w.picture("lecon")
	w.follow("Commencer la leçon")
	w.picture("etape")
	for range 5 {
		w.follow("Étape suivante")
	}
	w.follow("J’ai terminé la leçon")
	w.see("Bravo")
	w.picture("bravo")
	w.follow("Les questions")
	w.see("Question 1 sur")
	w.picture("question")
	w.answer()
	w.follow("J’ai fini")
	w.see("rien ne reste ici")
	w.picture("fin")
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

// endsDay counts, and reads the day's sheet.
func (w *walk) endsDay() {
	w.t.Helper()
	w.comes()
	w.follow("Finir la journée")
	w.write("Combien de personnes", "4")
	w.write("Combien de pass en papier", "1")
	w.leave(kb.Enter)
	w.see("Feuille du jour")
	w.picture("feuille")
	w.leaves()
}
