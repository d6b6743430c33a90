package screens_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/device/durable"
)

// TestACardIsMadeAndReadBack is a person who takes a look at where they are,
// takes the card away, and shows it to the camera on another day.
func TestACardIsMadeAndReadBack(t *testing.T) {
	h := openHouse(t)
	b := openBrowser(t)
	b.visit(h.station.Kiosk())
	b.follow("Commencer")
	b.follow("Faire le point")
	b.picture("point")
	b.follow("Commencer")
	for range 3 {
		b.pick("Avec quelqu’un")
		b.follow("Continuer")
	}
	b.picture("question")
	b.follow("M’arrêter là")
	b.see("On peut le voir ensemble")
	b.picture("bilan")
	b.follow("Voir ma carte")
	b.tick("J’ai aidé quelqu’un")
	b.follow("Mettre ma carte à jour")
	b.see("Je débute")
	b.picture("carte")
	code := b.drawing(".mycode svg")
	b.follow("J’ai fini")

	b.visit(h.station.Kiosk())
	b.follow("Commencer")
	b.visit(h.station.Kiosk() + "carte")
	b.see("ne dit encore rien")
	b.follow("Relire une carte")
	if err := durable.Replace(filepath.Join(h.station.Camera(), "carte.png"), code, 0o600); err != nil {
		t.Fatal(err)
	}
	b.await("Votre carte est relue")
	b.see("J’ai aidé quelqu’un")
	b.picture("relue")
	b.check()
}

// pick chooses an answer with the arrows, as a keyboard does.
func (b *browser) pick(words string) {
	b.t.Helper()
	for b.focus().Tag != "input" {
		b.press(kb.Tab)
	}
	for range 12 {
		if ask[bool](b, "read the answer", `document.activeElement.closest("label").innerText.includes("`+words+`") && document.activeElement.checked`) {
			return
		}
		b.press(kb.ArrowDown)
	}
	b.t.Fatalf("%s: the arrows never reached %q", b.path(), words)
}

// drawing returns an element of the page as a PNG.
func (b *browser) drawing(selector string) []byte {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.Screenshot(chromedp.CSS(selector)))
	if err != nil {
		b.fail("draw "+selector, err)
	}
	return png
}
