package screens_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// display is how a person wants the pages.
type display struct {
	name, language, settings string
	direction                string
	done                     string // the button that ends the session
	width                    int64
}

var displays = []display{
	{name: "français", language: "fr", direction: "ltr", done: "J’ai fini", width: 1280},
	{name: "français, écran étroit", language: "fr", direction: "ltr", done: "J’ai fini", width: 320},
	{name: "العربية", language: "ar", direction: "rtl", done: "انتهيت", width: 1280},
	{name: "English, contrast, spacing, very large", language: "en", direction: "ltr", done: "I’m done", width: 1280,
		settings: `f.contraste.checked = f.espace.checked = f.calme.checked = true; f.taille.value = "tresgrand"`},
}

// public are the pages that anybody reaches.
var public = []string{
	"", "ou-trouver-de-l-aide", "lecons", "envies", "demarches", "lecon/souris", "lecon/souris/etape/3", "lecon/clavier/fiche/memo",
	"lecon/arnaque/fiche/conducteur_mediateur", "lecon/arnaque/quiz/1", "lecon/arnaque/quiz/7", "lecon/clavier-ecoute/etape/3", "lecon/souris/jeu/1", "lecon/clavier/jeu/1",
	"lecon/arnaque/jeu/1", "lecon/souris/video", "gestes", "gestes/bouger", "gestes/boutons", "gestes/ouvrir", "gestes/decouvrir", "gestes/derouler",
	"gestes/liste", "gestes/droit", "gestes/reduire?tour=2&allure=3", "gestes/surligner", "gestes/tout", "gestes/chercher?tour=2&allure=3",
	"gestes/glisser", "gestes/ranger?tour=3&allure=3", "gestes/arobase?tour=3&allure=3", "gestes/effacer", "gestes/recopier", "gestes/enregistrer",
	"gestes/cliquer/bravo", "carte", "carte/relire", "carte/relire?encore", "point", "point/1", "point/9", "point/bilan", "entrainement", "entrainement/achat", "reglages", "aide", "accessibilite", "nulle-part", "encore-la",
}

// TestEveryPageInEveryDisplay holds each public page, in each language and
// display mode, to the accessibility rules, to its language and direction, and
// to the width of the screen.
func TestEveryPageInEveryDisplay(t *testing.T) {
	h := openHouse(t)
	for _, d := range displays {
		t.Run(d.name, func(t *testing.T) {
			b := openBrowser(t)
			b.run("set the width", chromedp.EmulateViewport(d.width, 800))
			b.visit(h.station.Kiosk())
			b.follow("Commencer")
			b.choose(h, d)
			for _, page := range public {
				b.visit(h.station.Kiosk() + page)
				b.fits(d)
			}
			b.follow(d.done)
			b.fits(d)
		})
	}
}

// choose sets the language and the display on the settings page.
func (b *browser) choose(h *house, d display) {
	b.t.Helper()
	b.visit(h.station.Kiosk() + "reglages")
	ask[bool](b, "set the display", `(() => { const f = document.querySelector("form.settings"); f.langue.value = "`+d.language+`"; `+d.settings+`; return true })()`)
	b.reach("C’est bon")
	b.leave("\r")
}

// fits fails when the page has another language or direction than was chosen,
// or needs to be scrolled sideways.
func (b *browser) fits(d display) {
	b.t.Helper()
	root := ask[struct{ Lang, Dir string }](b, "read the language", `({Lang: document.documentElement.lang, Dir: document.documentElement.dir})`)
	if root.Lang != d.language || root.Dir != d.direction {
		b.t.Errorf("%s in %s has language %q and direction %q; want %q and %q", b.path(), d.name, root.Lang, root.Dir, d.language, d.direction)
	}
	if over := ask[int](b, "measure the width", `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		b.t.Errorf("%s in %s is %d pixels wider than the screen", b.path(), d.name, over)
	}
}
