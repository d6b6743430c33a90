package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestGuessesMadeAtOnceAreThrottled holds that nobody gets around the wait by
// sending all guesses before the first is answered.
func TestGuessesMadeAtOnceAreThrottled(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	_, page := b.get("/connexion")
	token := tokenForm.FindStringSubmatch(page)[1]
	here, err := url.Parse(b.base + "/connexion")
	check(t, err)
	cookie := b.Jar.Cookies(here)[0]
	b.Jar = nil // every guess goes with the same page
	var checked atomic.Int32
	var guesses sync.WaitGroup
	for range 60 {
		guesses.Go(func() {
			form := url.Values{"identifiant": {"nobody"}, "passe": {"guess"}, "jeton": {token}}
			req, err := http.NewRequest(http.MethodPost, here.String(), strings.NewReader(form.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.AddCookie(cookie)
			resp, err := b.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusTooManyRequests {
				checked.Add(1)
			}
		})
	}
	guesses.Wait()
	if got := checked.Load(); got > 8 { // five are free, three more may be under way
		t.Errorf("%d of 60 guesses were checked; want 8 at most", got)
	}
}
