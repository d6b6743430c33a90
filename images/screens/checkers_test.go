package screens_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A gate that never closes is none: both checkers see what is wrong with a bad
// page.
func TestTheCheckersSeeABadPage(t *testing.T) {
	b := openBrowser(t)
	b.run("open a bad page", chromedp.Navigate(`data:text/html,<html><body><img src="x"><input><p style="color:%23aaa">pale</p></body></html>`))
	if found := b.runAxe(); len(found) < 3 {
		t.Errorf("axe-core found %d errors; want at least 3: %+v", len(found), found)
	}
	if found := b.sniff(); len(found) < 3 {
		t.Errorf("HTML_CodeSniffer found %d errors; want at least 3: %+v", len(found), found)
	}
}
