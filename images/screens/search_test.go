package screens_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestCatalogueByKeyboard narrows the mediator's catalogue to a theme's words
// and finds the lesson, its slots and what is missing.
func TestCatalogueByKeyboard(t *testing.T) {
	h := openHouse(t)
	b := openBrowser(t)
	b.mediates(h)
	b.follow("Les leçons")
	b.see("La souris")
	b.see("Repérer une arnaque")
	b.picture("catalogue")
	b.write("Mots", "tremblement")
	b.leave(kb.Enter)
	b.see("Tremblement")
	b.picture("catalogue-mots")
	b.follow("Animer la leçon")
	b.see("Faire faire. Gardez les mains dans le dos")
	b.picture("guide")
	b.follow("La souris")
	b.see("Clic droit et double-clic")
	b.picture("apercu")
	b.follow("Revenir aux leçons")
	b.run("set the width", chromedp.EmulateViewport(320, 800))
	b.visit(h.station.Kiosk() + "mediateur/catalogue?theme=securite")
	b.see("Repérer une arnaque")
	if over := ask[int](b, "measure the width", `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		t.Errorf("the catalogue is %d pixels wider than the screen", over)
	}
}
