package screens_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// listening bounds the wait for a sentence.
const listening = 25 * time.Second

// heard are the sentences that the page has asked the station to speak.
func (b *browser) heard() (said []string) {
	b.t.Helper()
	for _, address := range ask[[]string](b, "list what was heard", `performance.getEntriesByType("resource").map(e => e.name).filter(n => n.includes("/voix/mots"))`) {
		u, err := url.Parse(address)
		if err != nil {
			b.t.Fatal(err)
		}
		said = append(said, strings.Join(strings.Fields(u.Query().Get("texte")), " "))
	}
	return said
}

// hears waits until the page speaks a sentence with the words.
func (b *browser) hears(words string) {
	b.t.Helper()
	b.run("hear "+words, chromedp.Poll[chromedp.Void](`performance.getEntriesByType("resource").some(e => e.name.includes("/voix/mots") && decodeURIComponent(e.name.replaceAll("+", " ")).includes("`+words+`"))`, chromedp.WithPollingTimeout(listening)))
}

// blind reaches a control with Tab alone, and checks that it is heard when it
// has the focus.
func (b *browser) blind(words string) {
	b.t.Helper()
	b.reach(words)
	b.hears(words)
}

// TestALessonWithClosedEyes goes from the first screen through a lesson and a
// question to the end with five keys: F2, Tab, Enter, Space and an arrow. What
// has the focus is heard, and so is every page that opens.
func TestALessonWithClosedEyes(t *testing.T) {
	h := openHouse(t)
	b := openBrowser(t)
	b.visit(h.station.Kiosk())
	b.see("F2")
	b.press(kb.F2)
	b.hears("Bonjour et bienvenue")
	b.run("see the spoken word", chromedp.Poll[chromedp.Void](`CSS.highlights.has("voix")`, chromedp.WithPollingTimeout(listening)))
	b.blind("Commencer")
	b.leave(kb.Enter)
	b.hears("Que voulez-vous faire")
	b.blind("Toutes les leçons")
	b.leave(kb.Enter)
	b.blind("La souris")
	b.leave(kb.Enter)
	b.blind("Commencer la leçon")
	b.leave(kb.Enter)
	b.hears("Étape 1 sur")
	b.visit(h.station.Kiosk() + "lecon/arnaque/quiz/1")
	b.hears("Question 1 sur")
	for b.focus().Tag != "input" {
		b.press(kb.Tab)
	}
	b.hears("Pas choisi")
	b.press(" ")
	b.press(kb.ArrowDown)
	b.hears("Choisi.")
	b.blind("Voir la réponse")
	b.leave(kb.Enter)
	b.hears("egardons ensemble")
	b.blind("J’ai fini")
	b.leave(kb.Enter)
	b.see("rien ne reste ici")
	b.press(kb.F2)
	if said := b.heard(); slices.Contains(said, "") {
		t.Errorf("heard %q; want no empty sentence", said)
	}
}
