package screens_test

import (
	"context"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// keepsCard takes a look at where a person is, takes the card away, and shows
// it to the camera on another day.
func (w *walk) keepsCard() {
	w.t.Helper()
	w.follow("Commencer")
	w.follow("Faire le point")
	w.picture("point")
	w.follow("Commencer")
	for range 3 {
		w.pick("Avec quelqu’un")
		w.follow("Continuer")
	}
	w.picture("question")
	w.follow("M’arrêter là")
	w.see("On peut le voir ensemble")
	w.picture("bilan")
	w.follow("Voir ma carte")
	w.tick("J’ai aidé quelqu’un")
	w.follow("Mettre ma carte à jour")
	w.see("Je débute")
	w.picture("carte")
	code := w.drawing(".mycode svg")
	w.follow("J’ai fini")
	w.follow("Mallette")
	w.follow("Commencer")
	w.follow("Ma carte")
	w.see("ne dit encore rien")
	w.follow("Relire une carte")
	w.arrive(chromedp.Func(func(context.Context, *chromedp.Target) error {
		return durable.Replace(filepath.Join(w.house.station.Camera(), "carte.png"), code, 0o600)
	}))
	w.see("Votre carte est relue")
	w.see("J’ai aidé quelqu’un")
	w.picture("relue")
	w.check()
	w.ends()
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
