package kiosk_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
)

var timeOf = regexp.MustCompile(`data-time="([0-9a-f]{8})"`)

// What scripts keep by is one until a session ends, and another from the last
// page on: reading aloud does not go on to the next person.
func TestTheTimeOfASessionEnds(t *testing.T) {
	st := newStation(t, &kiosk.Aloud{Voice: &parrot{}, Ready: func() bool { return true }})
	at := func(path string) string {
		t.Helper()
		_, page := st.get(path)
		m := timeOf.FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("%s names no time", path)
		}
		return m[1]
	}
	before := at("/")
	st.post("/session/debut", url.Values{})
	for _, path := range []string{"/lecons", "/lecon/souris/etape/1"} {
		if during := at(path); during != before {
			t.Errorf("time of %s during the session is %s; want %s of the first screen", path, during, before)
		}
	}
	st.post("/session/fin", url.Values{})
	after := at("/fin")
	st.post("/session/debut", url.Values{})
	if next := at("/lecon/souris/etape/1"); after == before || next != after {
		t.Errorf("times %s, then %s and %s; want another from the end on", before, after, next)
	}
}
