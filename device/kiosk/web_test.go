package kiosk_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
)

// fakeScreens has one world at a time, as display does.
type fakeScreens struct {
	online, web bool
	stick       error
	plugged     bool
}

func (f *fakeScreens) Open(context.Context) error {
	if !f.online {
		return kiosk.ErrNoWay
	}
	f.web = true
	return nil
}

func (f *fakeScreens) Close() error { f.web = false; return nil }
func (f *fakeScreens) Online() bool { return f.online }

func (f *fakeScreens) Stick(_ context.Context, open bool) error {
	f.plugged = open && f.stick == nil
	return f.stick
}

func TestHelpOffersTheWebWhereThereIsOne(t *testing.T) {
	cases := []struct {
		name    string
		screens *fakeScreens
		want    []string
		not     string
	}{
		{"online", &fakeScreens{online: true}, []string{"Ouvrir internet", "/web/ouvrir"}, "Il n’y a pas internet"},
		{"offline", &fakeScreens{}, []string{"Il n’y a pas internet"}, "/web/ouvrir"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			st := newStation(t, &kiosk.Web{Screens: c.screens})
			_, page := st.get("/aide")
			has(t, page, c.want...)
			if strings.Contains(page, c.not) {
				t.Errorf("/aide holds %q; want it only the other way round", c.not)
			}
		})
	}
	if _, page := newStation(t).get("/aide"); strings.Contains(page, "Internet ici") || strings.Contains(page, "/web/ouvrir") {
		t.Error("/aide speaks of a browser where no display is")
	}
}

func TestOpeningTheWebBeginsASession(t *testing.T) {
	screens := &fakeScreens{online: true}
	st := newStation(t, &kiosk.Web{Screens: screens})
	code, page := st.post("/web/ouvrir", url.Values{})
	has(t, page, "Internet s’ouvre", "Revenir à Mallette")
	if code != http.StatusOK || !screens.web || !st.session.Active() {
		t.Errorf("POST /web/ouvrir = %d, web %v, session %v; want 200, true, true", code, screens.web, st.session.Active())
	}
	screens.online = false
	_, page = st.post("/web/ouvrir", url.Values{})
	has(t, page, "Internet ne s’est pas ouvert")
}

// outside is the browser on the open web.
func outside(t *testing.T, screens *fakeScreens, more ...kiosk.Part) *station {
	t.Helper()
	st := &station{t: t, session: newSession(), counter: &fakeCounter{}}
	st.session.set(func() { st.session.active = true })
	web := httptest.NewServer(newServer(t, st, append([]kiosk.Part{&kiosk.Web{Screens: screens}}, more...)...).WebHandler())
	t.Cleanup(web.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	st.url, st.client = web.URL, &http.Client{Jar: jar}
	return st
}

func TestTheWayBackCanBeHeard(t *testing.T) {
	st := outside(t, &fakeScreens{web: true}, &kiosk.Aloud{Voice: &parrot{}, Ready: func() bool { return true }})
	_, page := st.get("/")
	has(t, page, "<kbd>F2</kbd>")
	for _, path := range []string{"/voix", "/voix/mots"} {
		if code, _ := st.get(path + "?langue=fr&texte=Bonjour"); code != http.StatusOK {
			t.Errorf("GET %s outside = %d; want it spoken", path, code)
		}
	}
	if code, _ := outside(t, &fakeScreens{web: true}).get("/voix?langue=fr&texte=Bonjour"); code != http.StatusNotFound {
		t.Errorf("GET /voix outside without a voice = %d; want 404", code)
	}
}

// What a page of the web could reach of the station is the way back.
func TestOutsideOnlyTheWayBackIsThere(t *testing.T) {
	st := outside(t, &fakeScreens{web: true})
	for _, path := range []string{"/aide", "/lecons", "/mediateur", "/reglages", "/carte", "/entrainement", "/fin", "/lecon/souris"} {
		if code, _ := st.get(path); code != http.StatusNotFound {
			t.Errorf("GET %s outside = %d; want 404", path, code)
		}
	}
	code, page := st.get("/")
	has(t, page, "Revenir à Mallette", "/web/fermer", "Ouvrir ma clé USB")
	if code != http.StatusOK || strings.Contains(page, "/mediateur") || strings.Contains(page, "/reglages") {
		t.Errorf("GET / outside = %d with links into the kiosk; want 200 and none", code)
	}
}

func TestTheWayBackEndsEverything(t *testing.T) {
	screens := &fakeScreens{web: true}
	st := outside(t, screens)
	code, page := st.postHere("/web/fermer", url.Values{})
	has(t, page, "Tout s’efface")
	if code != http.StatusOK || screens.web || st.session.Active() {
		t.Errorf("POST /web/fermer = %d, web %v, session %v; want 200, false, false", code, screens.web, st.session.Active())
	}
}

func TestSticks(t *testing.T) {
	cases := []struct {
		name string
		err  error
		form url.Values
		want string
	}{
		{"opened", nil, url.Values{}, "La clé est ouverte"},
		{"none", kiosk.ErrNoStick, url.Values{}, "Aucune clé"},
		{"unreadable", kiosk.ErrStickUnread, url.Values{}, "ne se lit pas"},
		{"taken back", nil, url.Values{"rendre": {"1"}}, "Vous pouvez retirer la clé"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, page := outside(t, &fakeScreens{web: true, stick: c.err}).postHere("/web/cle", c.form)
			has(t, page, c.want)
		})
	}
}

// A page of the web cannot press the buttons of the way back.
func TestForeignPagesPressNothing(t *testing.T) {
	screens := &fakeScreens{web: true}
	st := outside(t, screens)
	req, err := http.NewRequest(http.MethodPost, st.url+"/web/fermer", strings.NewReader("jeton=x"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://example.org")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := st.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || !screens.web {
		t.Errorf("POST from elsewhere = %d, web %v; want 403 and still open", resp.StatusCode, screens.web)
	}
}

// postHere sends a form with the token of the page that shows it.
func (st *station) postHere(path string, form url.Values) (int, string) {
	st.t.Helper()
	_, page := st.get("/")
	form.Set("jeton", token(page))
	resp, err := st.client.PostForm(st.url+path, form)
	if err != nil {
		st.t.Fatalf("POST %s: %v", path, err)
	}
	return read(st.t, resp)
}
