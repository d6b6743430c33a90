package screens_test

import (
	"net/url"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
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
