package screens_test

import (
	"time"

	"github.com/chromedp/chromedp"
)

// listening bounds the wait for a sentence.
const listening = 25 * time.Second

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

// silent fails when the page goes on reading what somebody before asked for. The
// script has run when a page has opened.
func (b *browser) silent() {
	b.t.Helper()
	if got := ask[string](b, "ask what is read", `sessionStorage.getItem("voix") ?? ""`); got != "" {
		b.t.Errorf("%s is read to somebody who did not ask", b.path())
	}
	if ask[bool](b, "look for a spoken word", `performance.getEntriesByType("resource").some(e => e.name.includes("/voix/mots"))`) {
		b.t.Errorf("%s has asked for words to be spoken", b.path())
	}
}
