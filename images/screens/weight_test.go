package screens_test

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/chromedp/chromedp"
)

// What a page may weigh, in bytes as gzip makes them.
const (
	mostAtFirst = 60_000 // with all that it loads
	mostAfter   = 10_000 // when style, scripts and pictures are there already
)

// weighed is a page and the sizes of what it loads.
type weighed struct {
	HTML  string
	Files []int
}

// weigh reads the page once more, as it travels, and what the browser loaded
// for it. A stream and a voice are not of the page.
const weigh = `fetch(location.href).then(r => r.text()).then(html => ({HTML: html, Files: performance.getEntriesByType("resource")
  .filter(e => ["link", "script", "img", "css", "other"].includes(e.initiatorType)).map(e => e.encodedBodySize)}))`

// weighs holds a page to what a slow machine loads in good time.
func (b *browser) weighs() {
	b.t.Helper()
	got := ask[weighed](b, "weigh the page", weigh, chromedp.EvalAwaitPromise)
	after := zipped(got.HTML)
	first := after
	for _, n := range got.Files {
		first += n
	}
	if first > mostAtFirst || after > mostAfter {
		b.t.Errorf("%s weighs %d bytes at first and %d after; want at most %d and %d", b.path(), first, after, mostAtFirst, mostAfter)
	}
}

func zipped(text string) int {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, _ = w.Write([]byte(text)) // into memory
	_ = w.Close()
	return buf.Len()
}

// TestTheScaleIsTrue weighs a page that is known.
func TestTheScaleIsTrue(t *testing.T) {
	b := openBrowser(t)
	b.run("open a page", chromedp.Navigate("data:text/html,<p>un</p>"))
	got := ask[weighed](b, "weigh the page", weigh, chromedp.EvalAwaitPromise)
	if got.HTML != "<p>un</p>" || len(got.Files) != 0 {
		t.Errorf("weighed %+v; want the page and no file", got)
	}
}
