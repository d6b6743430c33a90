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
