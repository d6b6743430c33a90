package screens_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/images/stage"
)

// withStick is a station with a stick: the folder.
func withStick(dir string) piece {
	return func(h *house) { h.station.Env = append(h.station.Env, "MALLETTE_STATION_STICK="+dir) }
}

// rewrite replaces all that a field holds. The selection stands for Ctrl+A,
// which a window without a desktop does not know.
func (b *browser) rewrite(field, text string) {
	b.t.Helper()
	b.reach(field)
	ask[bool](b, "select all", `(document.activeElement.select(), true)`)
	b.press(text)
}

// mediates opens mediator mode.
func (b *browser) mediates(h *house) {
	b.t.Helper()
	b.visit(h.station.Kiosk() + "mediateur")
	b.unlocks()
}

// unlocks types the code that opens mediator mode.
func (b *browser) unlocks() {
	b.t.Helper()
	b.write("Code secret", stage.PIN)
	b.leave(kb.Enter)
}

// adaptsLesson makes a lesson from another one, changes a step, adds one,
// breaks the quiz and repairs it, looks at it as people do, and takes it away
// on a stick.
func (w *walk) adaptsLesson() {
	w.t.Helper()
	b := w.browser
	w.comes()
	b.follow("Les leçons")
	b.follow("La souris")
	b.follow("Adapter cette leçon")
	b.see("Voici votre leçon")
	b.picture("adaptee")

	b.follow("Faire connaissance")
	b.rewrite("Le texte", "# Bonjour à tous\r\rNous regardons la souris ensemble.\r")
	b.follow("Enregistrer")
	b.see("Les personnes voient déjà ce changement")
	b.picture("texte")
	b.follow("Revenir à la leçon")
	b.write("Son titre", "La pause")
	b.follow("Ajouter")
	b.see("La pause")
	b.follow("Enregistrer et revenir")
	b.follow("« La pause »")
	b.see("L’ordre des étapes est enregistré")

	b.follow("Les questions")
	b.rewrite("Les questions", "# Questions\r\r## Une souris ?\r\r[( )] oui\r[( )] non\r")
	b.rewrite("La même chose, facile à lire", kb.Backspace)
	b.follow("Enregistrer")
	b.see("Question 1. Aucune réponse n’est la bonne")
	b.picture("quiz-casse")
	b.follow("Revenir à la leçon")
	b.see("Elle ne peut pas encore être publiée")
	b.follow("« Questions »")
	b.rewrite("Les questions", "# Questions\r\r## Une souris ?\r\r[(X)] oui\r[( )] non\r[[?]] Regardez la table.\r***\rC'est oui.\r***\r")
	b.follow("Enregistrer et revenir")
	b.see("C’est enregistré")
	b.picture("lecon")

	b.follow("Voir comme les personnes")
	b.follow("Commencer")
	b.see("Bonjour à tous")
	b.picture("apercu")
	b.follow("Aperçu : revenir au mode médiation")
	b.follow("Copier sur la clé USB")
	b.see("La leçon est copiée sur la clé")
	if _, err := os.Stat(filepath.Join(w.stick, "mallette-lecons", "souris-adaptee.zip")); err != nil {
		b.t.Errorf("the stick does not hold the lesson: %v", err)
	}
	b.follow("Toute la leçon, à imprimer")
	b.see("Les réponses")
	b.picture("papier")
	b.follow("Mode médiation")
	w.leaves()
}

// elsewhere sends a form of this page's token as another window would.
const elsewhere = `fetch("%s", {method: "POST", body: new URLSearchParams({jeton: document.querySelector("[name=jeton]").value,
  vu: (document.querySelector("[name=vu]") || {value: ""}).value, texte: "# Ailleurs " + Date.now(), facile: ""})}).then(r => r.ok)`

func (b *browser) sendElsewhere(path string) {
	b.t.Helper()
	ask[bool](b, "send "+path+" elsewhere", fmt.Sprintf(elsewhere, path), chromedp.EvalAwaitPromise)
}
