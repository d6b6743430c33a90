package kiosk_test

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

// station is a served kiosk and the browser in front of it.
type station struct {
	t       testing.TB
	url     string
	client  *http.Client
	session *fakeSession
	counter *fakeCounter
	today   kiosk.Today
	more    []*lesson.Lesson // besides those that every station has
}

func newStation(t testing.TB, parts ...kiosk.Part) *station {
	t.Helper()
	return openStation(t, nil, parts...)
}

// newStationWith is a station that has one more lesson.
func newStationWith(t testing.TB, more *lesson.Lesson) *station {
	t.Helper()
	return openStation(t, []*lesson.Lesson{more})
}

func openStation(t testing.TB, more []*lesson.Lesson, parts ...kiosk.Part) *station {
	t.Helper()
	st := &station{t: t, session: newSession(), counter: &fakeCounter{}, more: more}
	st.today = kiosk.Today{Place: "Médiathèque des Tilleuls", Date: time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)}
	srv := newServer(t, st, parts...)
	web := httptest.NewServer(srv.Handler())
	t.Cleanup(web.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	st.url, st.client = web.URL, &http.Client{Jar: jar}
	return st
}

func newServer(t testing.TB, st *station, parts ...kiosk.Part) *kiosk.Server {
	t.Helper()
	srv, err := kiosk.New(kiosk.Options{
		Log: slog.New(slog.DiscardHandler), Files: kioskui.Files, Session: st.session, Counter: st.counter,
		Catalogue: shelf(append(lessons(t), st.more...)), Today: func() kiosk.Today { return st.today },
	}, parts...)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return srv
}

// handler is a whole site without a socket.
func handler(t testing.TB) (http.Handler, *fakeSession) {
	t.Helper()
	st := &station{t: t, session: newSession(), counter: &fakeCounter{}}
	return newServer(t, st).Handler(), st.session
}

// get returns the status and the text of a page after redirections.
func (st *station) get(path string) (int, string) {
	st.t.Helper()
	resp, err := st.client.Get(st.url + path)
	if err != nil {
		st.t.Fatalf("GET %s: %v", path, err)
	}
	return read(st.t, resp)
}

// post sends a form with the token of the welcome page's visitor.
func (st *station) post(path string, form url.Values) (int, string) {
	st.t.Helper()
	_, page := st.get("/aide")
	form.Set("jeton", token(page))
	resp, err := st.client.PostForm(st.url+path, form)
	if err != nil {
		st.t.Fatalf("POST %s: %v", path, err)
	}
	return read(st.t, resp)
}

var tokenField = regexp.MustCompile(`name="jeton" value="([0-9a-f]{32})"`)

func token(page string) string {
	m := tokenField.FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

func read(t testing.TB, resp *http.Response) (int, string) {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return resp.StatusCode, string(body)
}

func lessons(t testing.TB) []*lesson.Lesson {
	t.Helper()
	list, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(list)
}

// shipped reads the lessons that every station has, once for all tests.
var shipped = sync.OnceValues(func() ([]*lesson.Lesson, error) {
	files, err := fs.Sub(kioskui.Files, "lessons")
	if err != nil {
		return nil, err
	}
	return lesson.Open(context.Background(), files, "").Lessons(), nil
})

func TestWelcomeThenHomeThenEnd(t *testing.T) {
	st := newStation(t)
	if _, page := st.get("/"); !strings.Contains(page, "Rien ne reste ici") || !strings.Contains(page, "jeudi 12 mars 2026") {
		t.Errorf("welcome page lacks the notice or the date:\n%s", page)
	}
	if _, page := st.post("/session/debut", url.Values{}); !strings.Contains(page, "Que voulez-vous faire") {
		t.Errorf("after the start = %.200q; want the home page", page)
	}
	if _, page := st.post("/session/fin", url.Values{}); !strings.Contains(page, "C’est fini, rien ne reste ici") {
		t.Errorf("after the end = %.200q; want the last page", page)
	}
}
