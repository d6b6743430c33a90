package kiosk_test

import (
	"bufio"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

func TestQuizCountsTheFirstTryOnly(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	_, page := st.post("/lecon/arnaque/quiz/2", url.Values{"choix": {"0"}, "essai": {"0"}})
	if !strings.Contains(page, "Regardons ensemble") || strings.Contains(page, "Faux") {
		t.Errorf("first answer = %.80q; want an encouragement", page)
	}
	_, page = st.post("/lecon/arnaque/quiz/2", url.Values{"choix": {"1"}, "essai": {"1"}})
	if !strings.Contains(page, "Oui, c’est bien ça") {
		t.Error("second answer is not welcomed")
	}
	want := []counted{{wire.CountQuiz, "arnaque", "q2", "wrong"}}
	if !slices.Equal(st.counter.got, want) {
		t.Errorf("counted %v; want %v", st.counter.got, want)
	}
}

func TestQuizAnswersThatMakeNoSense(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	tests := []struct {
		name  string
		picks []string
		code  int
		words string
	}{
		{"nothing picked", nil, http.StatusOK, "Choisissez d’abord une réponse"},
		{"a choice that is not there", []string{"9"}, http.StatusBadRequest, "La réponse n’est pas arrivée"},
		{"not a number", []string{"x"}, http.StatusBadRequest, "La réponse n’est pas arrivée"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, page := st.post("/lecon/arnaque/quiz/1", url.Values{"choix": tt.picks})
			if code != tt.code || !strings.Contains(page, tt.words) {
				t.Errorf("answer = %d %.80q; want %d and %q", code, page, tt.code, tt.words)
			}
		})
	}
	if len(st.counter.got) != 0 {
		t.Errorf("counted %v; want nothing", st.counter.got)
	}
}

func TestLessonIsCountedWhenPressedNotWhenSeen(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	st.get("/lecon/souris/etape/1")
	st.post("/lecon/souris/commencer", url.Values{})
	st.post("/lecon/souris/terminer", url.Values{})
	want := []counted{{wire.CountLessons, "souris", "", "started"}, {wire.CountLessons, "souris", "", "finished"}}
	if !slices.Equal(st.counter.got, want) {
		t.Errorf("counted %v; want %v", st.counter.got, want)
	}
}

func TestGames(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	tests := []struct {
		name, path string
		form       url.Values
		want       string
	}{
		{"a target is reached", "/lecon/souris/jeu/1", url.Values{}, "Tour 2 sur 9"},
		{"the last target", "/lecon/souris/jeu/9", url.Values{}, "Bravo"},
		{"letters as asked", "/lecon/clavier/jeu/5", url.Values{"texte": {" garçon "}}, "Oui, c’est bien ça"},
		{"other letters", "/lecon/clavier/jeu/5", url.Values{"texte": {"garcon"}}, "Regardons ensemble"},
		{"the right box", "/lecon/arnaque/jeu/1", url.Values{"boite": {"0"}}, "Oui, c’est bien ça"},
		{"the other box", "/lecon/arnaque/jeu/1", url.Values{"boite": {"1"}}, "Regardons ensemble"},
		{"no box", "/lecon/arnaque/jeu/1", url.Values{"boite": {"7"}}, "Tour 1 sur 8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, page := st.post(tt.path, tt.form)
			if code != http.StatusOK || !strings.Contains(page, tt.want) {
				t.Errorf("play = %d; want a page with %q", code, tt.want)
			}
		})
	}
	if len(st.counter.got) != 0 {
		t.Errorf("counted %v; want nothing: it is a game", st.counter.got)
	}
}

func TestSettingsLastAsLongAsTheSession(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	_, page := st.post("/reglages", url.Values{"langue": {"ar"}, "taille": {"grand"}, "contraste": {"on"}, "vers": {"/lecons"}})
	if !strings.Contains(page, `<html lang="ar" dir="rtl" class="grand contraste">`) {
		t.Errorf("after the settings = %.120q; want Arabic, large, high contrast", page)
	}
	form := url.Values{"jeton": {token(page)}}
	resp, err := st.client.PostForm(st.url+"/session/fin", form)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Clear-Site-Data"); !strings.Contains(got, "cookies") {
		t.Errorf("Clear-Site-Data = %q; want cookies", got)
	}
	read(t, resp)
	want := []counted{{wire.CountLanguage, "", "ar", ""}, {wire.CountAccess, "", "contraste", ""}, {wire.CountAccess, "", "grand", ""}}
	if !slices.Equal(st.counter.got, want) {
		t.Errorf("counted %v; want %v", st.counter.got, want)
	}
	for _, c := range resp.Cookies() {
		if !c.Expires.IsZero() || c.MaxAge > 0 {
			t.Errorf("cookie %s has a date; want one that ends with the session", c.Name)
		}
	}
}

func TestSettingsOfAnEarlierSessionAreNobodys(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	st.post("/langue", url.Values{"langue": {"ar"}})
	st.get("/")
	if err := st.session.End(); err != nil { // by itself: the browser does not know
		t.Fatal(err)
	}
	if _, page := st.get("/"); !strings.Contains(page, `<html lang="fr" dir="ltr">`) {
		t.Errorf("welcome page after an end by itself = %.80q; want French", page)
	}
	if _, page := st.post("/session/debut", url.Values{}); !strings.Contains(page, `<html lang="fr" dir="ltr">`) {
		t.Errorf("next session = %.80q; want French", page)
	}
}

func TestRedirectsStayHere(t *testing.T) {
	st := newStation(t)
	for _, to := range []string{"//evil.example/", "https://evil.example/", "/\\evil.example"} {
		st.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		_, page := st.get("/aide")
		resp, err := st.client.PostForm(st.url+"/langue", url.Values{"jeton": {token(page)}, "langue": {"en"}, "vers": {to}})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got := resp.Header.Get("Location"); got != "/" {
			t.Errorf("language with vers=%q leads to %q; want /", to, got)
		}
	}
}

func TestIdleWarning(t *testing.T) {
	st := newStation(t)
	st.session.idle = 180 * time.Second
	_, page := st.post("/session/debut", url.Values{})
	if !strings.Contains(page, `<noscript><meta http-equiv="refresh" content="180;url=/encore-la`) {
		t.Error("a page without scripts has no way to the warning")
	}
	st.session.warn(58 * time.Second)
	if _, page := st.get("/encore-la?vers=/lecons"); !strings.Contains(page, "58 secondes") {
		t.Errorf("warning page = %.80q; want the time left", page)
	}
	if _, page := st.post("/session/prolonger", url.Values{"vers": {"/lecons"}}); !strings.Contains(page, "Toutes les leçons") {
		t.Error("after going on, the person is not where she was")
	}
	if _, on := st.session.Warning(); on {
		t.Error("the warning is still on after an answer")
	}
}

func TestStateStream(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	resp, err := st.client.Get(st.url + "/etat")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return "end of stream"
	}
	if got, want := next(), `{"session":true,"warning":false,"left":0`; !strings.HasPrefix(got, want) {
		t.Errorf("first state = %s; want %s", got, want)
	}
	st.session.warn(60 * time.Second)
	if got, want := next(), `{"session":true,"warning":true,"left":60`; !strings.HasPrefix(got, want) {
		t.Errorf("after the warning = %s; want %s", got, want)
	}
	if err := st.session.End(); err != nil {
		t.Fatal(err)
	}
	if got, want := next(), `{"session":false,"warning":false,"left":0`; !strings.HasPrefix(got, want) {
		t.Errorf("after the end = %s; want %s", got, want)
	}
}

// What the last page of a session still asks for may be answered after the next
// page: it takes the place of no cookie.
func TestOnlyPagesGiveACookie(t *testing.T) {
	st := newStation(t)
	for mode, want := range map[string]int{"": 1, "navigate": 1, "cors": 0, "no-cors": 0} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, st.url+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Sec-Fetch-Mode", mode)
		resp, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		read(t, resp)
		given := 0
		for _, c := range resp.Cookies() {
			if c.MaxAge >= 0 {
				given++
			}
		}
		if given != want {
			t.Errorf("cookies for a request of mode %q = %d; want %d", mode, given, want)
		}
	}
}
