package screens_test

import (
	"slices"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// changesDisplay reads in Arabic, very large and in high contrast, then in
// French again.
func (w *walk) changesDisplay() {
	w.t.Helper()
	w.follow("Commencer")
	w.follow("Affichage")
	for !w.ticked("العربية") {
		w.press(kb.ArrowDown)
	}
	w.write("Normale", kb.ArrowDown+kb.ArrowDown)
	w.tick("très contrastées")
	w.picture("reglages")
	w.follow("C’est bon")
	w.fits(display{name: "what was chosen", language: "ar", direction: "rtl", classes: "tresgrand contraste"})
	w.picture("arabe")
	w.follow("Français")
	w.fits(display{name: "what was chosen", language: "fr", direction: "ltr", classes: "tresgrand contraste"})
	w.ends()
}

// ticked goes on to the next choice and says whether the one with the words is
// chosen.
func (b *browser) ticked(words string) bool {
	b.t.Helper()
	for b.focus().Tag != "input" {
		b.press(kb.Tab)
	}
	return ask[bool](b, "read the choice", `document.activeElement.closest("label").innerText.includes("`+words+`") && document.activeElement.checked`)
}

// searches finds a word in the lessons.
func (w *walk) searches() {
	w.t.Helper()
	w.follow("Commencer")
	w.follow("Toutes les leçons")
	w.write("Que cherchez-vous", "majuscule")
	w.leave(kb.Enter)
	w.picture("trouve")
	w.follow("ajuscule")
	w.see("ajuscule")
	w.ends()
}

// readsBook opens the library's book and reads in its frame.
func (w *walk) readsBook() {
	w.t.Helper()
	w.follow("Commencer")
	w.follow("Toutes les leçons")
	w.follow("Voir la bibliothèque")
	w.picture("bibliotheque")
	w.follow("Les fruits")
	w.picture("livre")
	w.follow("La pomme")
	w.run("see the page in its frame", chromedp.Poll[chromedp.Void](`document.querySelector("iframe").contentDocument?.body?.innerText.includes("se croque")`, chromedp.WithPollingTimeout(listening)))
	w.picture("page")
	w.ends()
}

// exercises does one exercise to its end.
func (w *walk) exercises() {
	w.t.Helper()
	w.follow("Commencer")
	w.follow("Essayer la souris et le clavier")
	w.follow("Choisir le bon bouton")
	for _, name := range []string{"Valider", "Suivant", "Envoyer"} {
		w.follow(name)
	}
	w.see("C’est fait, bravo")
	w.picture("bravo")
	w.ends()
}

// findsHelp looks for people who help.
func (w *walk) findsHelp() {
	w.t.Helper()
	w.follow("Commencer")
	w.follow("Où trouver de l’aide")
	w.see("Médiathèque du Pont")
	w.picture("ou")
	w.follow("J’ai besoin d’aide")
	w.see("Maison du numérique")
	w.picture("aide")
	w.ends()
}

// five are the keys that a lesson needs with closed eyes.
var five = []string{kb.F2, kb.Tab, kb.Enter, " ", kb.ArrowDown}

// closesEyes goes from the first screen through a lesson and a question to the
// end. What has the focus is heard, and so is every page that opens.
func (w *walk) closesEyes() {
	w.t.Helper()
	w.pressed = nil
	w.press(kb.F2)
	w.hears("Bonjour et bienvenue")
	w.run("see the spoken word", chromedp.Poll[chromedp.Void](`CSS.highlights.has("voix")`, chromedp.WithPollingTimeout(listening)))
	for _, stop := range []struct{ says, control string }{
		{"", "Commencer"}, {"Que voulez-vous faire", "Toutes les leçons"}, {"", "La souris"}, {"", "Commencer la leçon"},
		{"Étape 1 sur", "Étape suivante"}, {"Étape 2 sur", "Étape suivante"}, {"Étape 3 sur", "Étape suivante"}, {"Étape 4 sur", "Étape suivante"},
		{"Étape 5 sur", "Étape suivante"}, {"Étape 6 sur", "J’ai terminé la leçon"}, {"Bravo", "Les questions"},
	} {
		if stop.says != "" {
			w.hears(stop.says)
		}
		w.blind(stop.control)
		w.leave(kb.Enter)
	}
	w.hears("Question 1 sur")
	for w.focus().Tag != "input" {
		w.press(kb.Tab)
	}
	w.hears("Pas choisi")
	w.press(" ")
	w.press(kb.ArrowDown)
	w.hears("Choisi.")
	w.blind("Voir la réponse")
	w.leave(kb.Enter)
	w.blind("J’ai fini")
	w.leave(kb.Enter)
	w.see("rien ne reste ici")
	w.reach("Commencer une nouvelle session")
	w.leave(kb.Enter)
	w.silent()
	w.follow("Commencer")
	w.silent()
	w.ends()
	for _, key := range w.pressed {
		if !slices.Contains(five, key) {
			w.t.Errorf("pressed %q; want the five keys alone", key)
		}
	}
}
