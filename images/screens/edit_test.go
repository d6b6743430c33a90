package screens_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/images/stage"
)

// openStickHouse is a house whose station has a stick.
func openStickHouse(t *testing.T) (h *house, stick string) {
	t.Helper()
	stick = t.TempDir()
	t.Setenv("MALLETTE_STATION_STICK", stick)
	return openHouse(t), stick
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
	b.write("Code secret", stage.PIN)
	b.leave(kb.Enter)
}

// TestALessonIsAdaptedByKeyboard makes a lesson from another one, changes a
// step, adds one, breaks the quiz and repairs it, looks at it as people do,
// and takes it away on a stick.
func TestALessonIsAdaptedByKeyboard(t *testing.T) {
	h, stick := openStickHouse(t)
	b := openBrowser(t)
	b.mediates(h)
	b.visit(h.station.Kiosk() + "mediateur/lecon/souris")
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
	if _, err := os.Stat(filepath.Join(stick, "mallette-lecons", "souris-adaptee.zip")); err != nil {
		t.Errorf("the stick does not hold the lesson: %v", err)
	}
	b.follow("Toute la leçon, à imprimer")
	b.see("Les réponses")
	b.picture("papier")
}

// TestEditingInEveryDisplay holds the pages of somebody who writes a lesson to
// the accessibility rules and to the width of the screen, with faults on them.
func TestEditingInEveryDisplay(t *testing.T) {
	h, _ := openStickHouse(t)
	const ours = "mediateur/mes-lecons/souris-adaptee"
	b := openBrowser(t)
	b.mediates(h)
	b.visit(h.station.Kiosk() + "mediateur/lecon/souris")
	b.follow("Adapter cette leçon")
	b.visit(h.station.Kiosk() + ours + "/texte/quiz.md")
	b.rewrite("Les questions", "# Questions\r\r## Une souris ?\r\r[( )] oui\r")
	b.follow("Enregistrer")
	for _, d := range []display{
		{name: "français", language: "fr", direction: "ltr", width: 1280},
		{name: "écran étroit", language: "fr", direction: "ltr", width: 320},
		{name: "contraste", language: "fr", direction: "ltr", width: 1280, settings: `f.contraste.checked = f.espace.checked = true; f.taille.value = "tresgrand"`},
	} {
		b.run("set the width", chromedp.EmulateViewport(d.width, 800))
		b.choose(h, d)
		for _, page := range []string{"mediateur/mes-lecons", ours, ours + "/presentation", ours + "/texte/etapes/2-tenir.md", ours + "/texte/quiz.md",
			"mediateur/lecon/souris", "mediateur/lecon/souris/imprimer", "mediateur/catalogue", "lecon/souris-adaptee/etape/1"} {
			b.visit(h.station.Kiosk() + page)
			b.fits(d)
		}
		b.picture(d.name)
		b.late(h, d, ours+"/texte/etapes/2-tenir.md")
	}
}

// elsewhere sends a form of this page's token as another window would.
const elsewhere = `fetch("%s", {method: "POST", body: new URLSearchParams({jeton: document.querySelector("[name=jeton]").value,
  vu: (document.querySelector("[name=vu]") || {value: ""}).value, texte: "# Ailleurs " + Date.now(), facile: ""})}).then(r => r.ok)`

// late sends words when another window has changed the text, then when the
// door has shut.
func (b *browser) late(h *house, d display, page string) {
	b.t.Helper()
	b.visit(h.station.Kiosk() + page)
	ask[bool](b, "save elsewhere", fmt.Sprintf(elsewhere, "/"+page), chromedp.EvalAwaitPromise)
	b.rewrite("Le texte", "# Bien tenir la souris\r\rIci.\r")
	b.follow("Enregistrer")
	b.see("Ce texte a changé entre-temps")
	b.fits(d)
	ask[bool](b, "shut the door elsewhere", fmt.Sprintf(elsewhere, "/mediateur/fermer"), chromedp.EvalAwaitPromise)
	b.follow("Enregistrer")
	b.see("Le mode médiation s’est fermé")
	b.fits(d)
	b.picture("ferme")
	b.write("Code secret", stage.PIN)
	b.leave(kb.Enter)
	b.see("C’est enregistré")
}
