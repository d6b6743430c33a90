package kiosk_test

import (
	"bytes"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

func TestSearchShowsWordsInTheirContext(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	_, page := st.get("/lecons?mots=" + url.QueryEscape("MAJUSCULES accent"))
	has(t, page, "pages en parlent", `href="/lecon/clavier/etape/4#contenu"`, `<mark>majuscule</mark>`, "Étape 5 de la leçon", `value="MAJUSCULES accent"`)
	if strings.Contains(page, `class="cards"`) {
		t.Error("every lesson is still listed beside what was found")
	}
}

func TestSearchThatFindsNothingIsKind(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	_, page := st.get("/lecons?mots=xylophone")
	has(t, page, "Rien avec ces mots", "Voir toutes les leçons")
}

func TestSearchWithoutWordsListsEverything(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	for _, path := range []string{"/lecons", "/lecons?mots=", "/lecons?mots=+++"} {
		_, page := st.get(path)
		has(t, page, "Que cherchez-vous", "La souris", "Le clavier", `role="search"`)
	}
	if _, page := st.get("/envies"); strings.Contains(page, `role="search"`) {
		t.Error("the page of wishes has a search that leads elsewhere")
	}
}

func TestSearchedTextIsEscaped(t *testing.T) {
	st := newStation(t)
	st.post("/session/debut", url.Values{})
	evil := `"><script>alert(1)</script>`
	if _, page := st.get("/lecons?mots=" + url.QueryEscape(evil)); strings.Contains(page, evil) || !strings.Contains(html.UnescapeString(page), evil) {
		t.Error("what was typed is not shown as text")
	}
}

// TestSearchKeepsNothing looks for what was typed in logs, cookies, counters,
// caches and the page that comes next.
func TestSearchKeepsNothing(t *testing.T) {
	const secret = "ordonnance"
	var logged bytes.Buffer
	st := &station{t: t, session: newSession(), counter: &fakeCounter{}}
	srv, err := kiosk.New(kiosk.Options{
		Log:   slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Files: kioskui.Files, Session: st.session, Counter: st.counter, Catalogue: shelf(lessons(t)),
		Today: func() kiosk.Today { return st.today },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.session.Begin(); err != nil {
		t.Fatal(err)
	}
	ask := func(path string) *httptest.ResponseRecorder {
		req := httptest.NewRequest("GET", "http://localhost"+path, nil)
		rec := httptest.NewRecorder()
		srv.Handler().ServeHTTP(rec, req)
		return rec
	}
	rec := ask("/lecons?mots=" + secret)
	if rec.Code != http.StatusOK || !strings.Contains(rec.Header().Get("Cache-Control"), "no-store") {
		t.Errorf("status %d, Cache-Control %q; want 200 and no-store", rec.Code, rec.Header().Get("Cache-Control"))
	}
	for _, c := range rec.Result().Cookies() {
		if strings.Contains(c.String(), secret) {
			t.Errorf("cookie %s holds what was typed", c.Name)
		}
	}
	if strings.Count(rec.Body.String(), secret) != 1 {
		t.Errorf("the page holds what was typed %d times; want once, in its field", strings.Count(rec.Body.String(), secret))
	}
	if strings.Contains(logged.String(), secret) || len(st.counter.got) != 0 {
		t.Errorf("logged %q, counted %v; want nothing of it", logged.String(), st.counter.got)
	}
	if next := ask("/lecons"); strings.Contains(next.Body.String(), secret) {
		t.Error("the next page holds what was typed")
	}
}
