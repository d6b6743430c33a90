package screens_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// gym are exercises of every kind, each with what a person at a keyboard does
// in its first turn; the page of the second turn is then waited for.
var gym = map[string]func(b *browser){
	"bouger":        func(b *browser) { b.follow("La cible") },
	"cliquer":       func(b *browser) { b.follow("La cible") },
	"doubler":       func(b *browser) { b.follow("La cible") },
	"boutons":       func(b *browser) { b.follow("Valider") },
	"ouvrir":        func(b *browser) { b.follow("Images") },
	"decouvrir":     func(b *browser) { b.follow("étoile") },
	"derouler":      func(b *browser) { b.follow("Lyon") },
	"reduire":       func(b *browser) { b.follow("Réduire") },
	"glisser":       func(b *browser) { b.follow("panier") },
	"copier_coller": func(b *browser) { b.hold(chromedp.ModifierCtrl, "c") },
	"recopier":      func(b *browser) { b.write("Votre texte", "rendez-vous mardi"); b.leave(kb.Enter) },
	"rangee":        func(b *browser) { b.write("Votre texte", "qsdf"); b.leave(kb.Enter) },
	"effacer":       func(b *browser) { b.write("Votre texte", kb.End+kb.Backspace); b.leave(kb.Enter) },
	"liste":         func(b *browser) { b.write("La liste", kb.ArrowDown+kb.ArrowDown); b.follow("Vérifier") },
	"droit":         func(b *browser) { b.write("photo du jardin", kb.Enter); b.follow("Ouvrir") },
	"enregistrer": func(b *browser) {
		b.write("Nom du fichier", "lettre")
		b.press(kb.Tab + kb.ArrowDown)
		b.follow("Enregistrer")
	},
	"surligner": func(b *browser) {
		b.write("Le texte", kb.Home+kb.ArrowRight+kb.ArrowRight+kb.ArrowRight)
		b.run("mark a word", chromedp.KeyEvent(kb.ArrowRight+kb.ArrowRight+kb.ArrowRight+kb.ArrowRight+kb.ArrowRight+kb.ArrowRight,
			chromedp.KeyModifiers(chromedp.ModifierShift)))
		b.leave(kb.Shift)
	},
}

// hold presses a key while another is held, and waits for the next page.
func (b *browser) hold(with chromedp.Modifier, key string) {
	b.t.Helper()
	b.arrive(chromedp.KeyEvent(key, chromedp.KeyModifiers(with)))
}

// arrive does what leads to another page, waits for it and checks it.
func (b *browser) arrive(steps ...step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, steps...); err != nil {
		b.fail("wait for the next page", err)
	}
	b.check()
}

// TestGymByKeyboard does a turn of every kind of exercise without a mouse, and
// one exercise to its end.
func TestGymByKeyboard(t *testing.T) {
	h := openHouse(t)
	b := openBrowser(t)
	b.visit(h.station.Kiosk())
	b.follow("Commencer")
	b.follow("Essayer la souris et le clavier")
	b.picture("gestes")
	for id, do := range gym {
		b.visit(h.station.Kiosk() + "gestes/" + id)
		b.picture(id)
		do(b)
		b.see("Tour 2 sur")
	}
}

// TestGymByOtherWays does what somebody does who can press one thing at a time.
func TestGymByOtherWays(t *testing.T) {
	h := openHouse(t)
	b := openBrowser(t)
	b.visit(h.station.Kiosk())
	b.follow("Commencer")
	for id, name := range map[string]string{
		"bouger": "Appuyer ici", "doubler": "Appuyer ici", "ouvrir": "Images", "droit": "Ouvrir", "surligner": "marché", "tout": "Tout sélectionner",
	} {
		b.visit(h.station.Kiosk() + "gestes/" + id)
		b.write("Une autre façon de faire", kb.Enter)
		b.follow(name)
		b.see("Tour 2 sur")
	}
	b.visit(h.station.Kiosk() + "gestes/arobase")
	b.write("Une autre façon de faire", kb.Enter)
	b.write("@", kb.Enter)
	b.picture("touches")
	b.follow("Vérifier")
	b.see("Tour 2 sur")
}

// spot is a place on the screen.
type spot struct{ X, Y float64 }

// middle brings an element into sight and returns its middle, moved by so many
// pixels.
func (b *browser) middle(selector string, right, down float64) spot {
	b.t.Helper()
	s := ask[spot](b, "find "+selector, `(() => { const e = document.querySelector("`+selector+`"); e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y + r.height / 2} })()`)
	return spot{s.X + right, s.Y + down}
}

func (s spot) move() step { return chromedp.MouseEvent(chromedp.MouseMoved, s.X, s.Y) }

func (s spot) click(options ...chromedp.MouseOption) step {
	return chromedp.MouseClickXY(s.X, s.Y, options...)
}

// TestGymByMouse makes the gestures themselves, with a hand that is not steady.
func TestGymByMouse(t *testing.T) {
	h := openHouse(t)
	b := openBrowser(t)
	open := func(id string) {
		b.visit(h.station.Kiosk() + "gestes/" + id)
		b.run("let the page settle", chromedp.Poll[chromedp.Void](`performance.now() > 1000`))
	}
	b.visit(h.station.Kiosk())
	b.follow("Commencer")

	open("cliquer")
	b.run("press far away", b.middle(".gymfield", -250, -120).click())
	b.see("Presque")
	b.arrive(b.middle(".target", 85, 0).click()) // beside it: close enough
	b.see("Tour 2 sur")

	open("bouger")
	b.arrive(b.middle(".gymfield", -250, 0).move(), b.middle(".target", 0, 0).move())
	b.see("Tour 2 sur")

	open("doubler")
	target := b.middle(".target", 0, 0)
	b.run("press once", target.click())
	b.see("Tour 1 sur")
	b.arrive(target.click())
	b.see("Tour 2 sur")

	open("droit")
	b.run("press the left button", b.middle(".context > summary", 0, 0).click())
	b.see("bouton de gauche")
	b.run("press the right button", b.middle(".context > summary", 0, 0).click(chromedp.ButtonRight))
	b.see("Imprimer")
	b.arrive(b.middle(".contextmenu button", 0, 0).click())
	b.see("Tour 2 sur")

	open("glisser")
	from := b.middle("[data-thing]", 0, 0)
	to := ask[spot](b, "find the place", `(() => { const r = document.querySelector(".dropzone").getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y - 20} })()`)
	b.arrive(from.move(), chromedp.MouseEvent(chromedp.MousePressed, from.X, from.Y, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseMoved, from.X+30, from.Y+10, chromedp.ButtonLeft), chromedp.MouseEvent(chromedp.MouseMoved, to.X, to.Y, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseReleased, to.X, to.Y, chromedp.ButtonLeft))
	b.see("Tour 2 sur")

	open("surligner")
	word := ask[spot](b, "find the word", `(() => { const r = document.getElementById("phrase").getBoundingClientRect(); return {X: r.x + 100, Y: r.y + 35} })()`)
	b.arrive(word.click(), word.click(chromedp.ClickCount(2)))
	b.see("Tour 2 sur")
}
