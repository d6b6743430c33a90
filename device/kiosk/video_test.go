package kiosk_test

import (
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

const filmed = `format: 1
id: film
title: Un film
summary: Pour essayer.
languages: [fr, en]
levels: [debutant]
audiences: [tous_publics]
themes: [materiel]
minutes: 5
licence: etalab_2_0
authors: [Nous]
steps: [un.md]
assets: {video: film.webm}
captions: film.vtt
transcript: film.md
`

func TestVideoIsServedInParts(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"lesson.yaml": filmed, "un.md": "# Un\n", "film.webm": "0123456789", "film.en.webm": "abcdefghij", "film.vtt": "WEBVTT\n", "film.md": "# En mots\n\nUne main ouvre un dossier.\n"} {
		full := filepath.Join(dir, "film", name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	st := stationOn(t, lesson.Open(t.Context(), nil, dir))
	st.post("/session/debut", url.Values{})
	if _, page := st.get("/lecon/film/video"); !strings.Contains(page, `kind="captions"`) {
		t.Error("the video page has no captions")
	} else if !strings.Contains(page, "Une main ouvre un dossier.") {
		t.Error("the video page does not say in words what the video shows")
	}
	req, err := http.NewRequest("GET", st.url+"/lecon/film/media/film.webm", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Range", "bytes=2-5")
	resp, err := st.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if code, part := read(t, resp); code != http.StatusPartialContent || part != "2345" {
		t.Errorf("bytes 2 to 5 = %d %q; want 206 and 2345", code, part)
	}
	captions, err := st.client.Get(st.url + "/lecon/film/media/film.vtt")
	if err != nil {
		t.Fatal(err)
	}
	if got := captions.Header.Get("Content-Type"); got != "text/vtt" {
		t.Errorf("captions are %q; want text/vtt", got)
	}
	read(t, captions)
	st.post("/reglages", url.Values{"langue": {"en"}})
	if _, page := st.get("/lecon/film/video"); !strings.Contains(page, "/media/film.en.webm") {
		t.Error("somebody who reads English is not shown the film that speaks it")
	}
	if code, part := st.get("/lecon/film/media/film.en.webm"); code != http.StatusOK || part != "abcdefghij" {
		t.Errorf("the film in English = %d %q; want its bytes", code, part)
	}
	if code, _ := st.get("/lecon/film/media/lesson.yaml"); code != http.StatusNotFound {
		t.Errorf("another file of the pack = %d; want 404", code)
	}
}

func stationOn(t *testing.T, c kiosk.Catalogue) *station {
	t.Helper()
	st := &station{t: t, session: newSession(), counter: &fakeCounter{}}
	srv, err := kiosk.New(kiosk.Options{
		Log: slog.New(slog.DiscardHandler), Files: kioskui.Files, Session: st.session, Counter: st.counter,
		Catalogue: c, Today: func() kiosk.Today { return st.today },
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(srv.Handler())
	t.Cleanup(web.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	st.url, st.client = web.URL, &http.Client{Jar: jar}
	return st
}
