package kiosk_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/gym"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

func exercises() []*gym.Exercise {
	raw, err := fs.ReadFile(kioskui.Files, "gym/catalogue.json")
	if err != nil {
		panic(err)
	}
	c, err := gym.Parse(raw)
	if err != nil {
		panic(err)
	}
	return c.Exercises
}

// gymPaths are the page of every exercise, at its beginning, at the last turn
// and the liveliest pace, and at its end.
func gymPaths() []string {
	paths := []string{"/gestes"}
	for _, e := range exercises() {
		base := "/gestes/" + e.ID
		paths = append(paths, base, fmt.Sprintf("%s?tour=%d&allure=3", base, len(e.Turns)), base+"/bravo")
	}
	return paths
}

// answerTo is the form that does what a turn asks.
func answerTo(e *gym.Exercise, at gym.Step) url.Values {
	t := e.Turn(at)
	return url.Values{
		"tour": {fmt.Sprint(at.Turn)}, "allure": {fmt.Sprint(at.Pace)}, "rates": {"0"},
		"choix": {t.Right}, "chose": {t.Thing}, "lieu": {t.Place}, "texte": {t.Text},
	}
}

// TestEveryExerciseToItsEnd sends what a browser without scripts sends.
func TestEveryExerciseToItsEnd(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	st.counter.got = nil
	for _, e := range exercises() {
		at, more := e.At("", ""), true
		for more {
			code, page := st.post("/gestes/"+e.ID, answerTo(e, at))
			at, more = e.Next(at, 0)
			want := fmt.Sprintf(`name="tour" value="%d"><input type="hidden" name="allure" value="%d"`, at.Turn, at.Pace)
			if !more {
				want = "C’est fait, bravo"
			}
			if code != http.StatusOK || !strings.Contains(page, want) {
				t.Fatalf("%s before %+v = %d, without %s", e.ID, at, code, want)
			}
		}
	}
	if len(st.counter.got) != 0 {
		t.Errorf("exercises counted %v; want nothing", st.counter.got)
	}
}

func TestAMissIsKindAndKeepsWhatWasTyped(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	_, page := st.post("/gestes/accents", url.Values{"tour": {"1"}, "allure": {"2"}, "rates": {"1"}, "texte": {"ete <b>"}})
	for _, want := range []string{"Regardons ensemble", `name="rates" value="2"`, `value="ete &lt;b&gt;"`, `name="tour" value="1"`} {
		if !strings.Contains(page, want) {
			t.Errorf("after a wrong answer the page lacks %s", want)
		}
	}
	if strings.Contains(strings.ToLower(page), "faux") {
		t.Error("the page says that an answer is wrong")
	}
	_, page = st.post("/gestes/accents", url.Values{"tour": {"1"}, "allure": {"2"}, "rates": {"2"}, "texte": {"été bébé"}})
	if !strings.Contains(page, `name="allure" value="1"`) {
		t.Error("after two misses the next turn is not gentler")
	}
}

func TestATurnLeftOutIsNotPraised(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	_, page := st.get("/gestes/cliquer?tour=2&allure=1")
	if !strings.Contains(page, `class="praise"`) {
		t.Error("a turn that was done is not praised")
	}
	if _, page = st.get("/gestes/cliquer?tour=2&allure=1&passe=1"); strings.Contains(page, `class="praise"`) {
		t.Error("a turn that was left out is praised")
	}
}

func TestFrenchWordsAreMarkedInSentences(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	st.post("/langue", url.Values{"langue": {"ar"}, "vers": {"/"}})
	if _, page := st.get("/gestes/ranger"); !strings.Contains(page, `<b class="what" lang="fr" dir="ltr">Jardin.jpg</b>`) {
		t.Error("the name of a file is not marked as French in an Arabic sentence")
	}
}

func TestNoExerciseOfThatName(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	for _, path := range []string{"/gestes/rien", "/gestes/rien/bravo", "/gestes/cliquer/rien"} {
		if code, _ := st.get(path); code != http.StatusNotFound {
			t.Errorf("GET %s = %d; want 404", path, code)
		}
	}
	if code, _ := st.post("/gestes/rien", url.Values{}); code != http.StatusNotFound {
		t.Errorf("POST /gestes/rien = %d; want 404", code)
	}
}
