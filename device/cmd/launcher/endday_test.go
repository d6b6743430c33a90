package main

import (
	"net/url"
	"sync"
	"testing"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// A button pressed twice ends one day, once.
func TestTheDayEndsOnce(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.publish(t, dir)
	r := start(t, f)
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	r.post("/mediateur/journee", theDay())
	form := url.Values{"participants": {"9"}, "papiers": {"0"}, "jeton": {formToken.FindStringSubmatch(r.get("/aide"))[1]}}
	var presses sync.WaitGroup
	for range 8 {
		presses.Go(func() {
			resp, err := r.client.PostForm(r.url+"/mediateur/fin", form)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
		})
	}
	presses.Wait()
	r.stop()
	counts := 0
	for _, record := range f.records(t) {
		if record.Kind == pass.PaperCount {
			counts++
		}
	}
	if counts != 1 {
		t.Errorf("papers counted %d times; want once", counts)
	}
}
