package kiosk_test

import (
	"bytes"
	"crypto/ed25519"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson/edit"
	"github.com/mallette-kit/mallette/device/portfolio"
	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
)

var ledgerKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, ed25519.SeedSize))

// carded is a station with the pages of "ma carte", and a session on.
type carded struct {
	*station
	part *kiosk.Portfolio
}

func newCarded(t testing.TB) *carded {
	t.Helper()
	public := ledgerKey.Public().(ed25519.PublicKey)
	part := &kiosk.Portfolio{Key: ledgerKey, Joined: true, Known: func(c pass.SignedOwn) bool { return c.Verify(public) == nil }}
	c := &carded{newStation(t, part), part}
	c.post("/session/debut", url.Values{})
	return c
}

func (c *carded) wants(page string, words ...string) {
	c.t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			c.t.Fatalf("page lacks %q:\n%s", w, page)
		}
	}
}

func TestTheLookIsShortKindAndLeft(t *testing.T) {
	c := newCarded(t)
	_, page := c.get("/")
	c.wants(page, `href="/point"`, `href="/carte"`)
	_, page = c.get("/point")
	c.wants(page, "Ce n’est pas un examen", "Plus tard")
	for n, answer := range []string{"1", "1", "2", "0"} {
		_, page = c.post("/point/"+string(rune('1'+n)), url.Values{"reponse": {answer}})
	}
	c.wants(page, "Question 5 sur 11", "Je préfère ne pas répondre")
	_, page = c.post("/point/5", url.Values{"reponse": {"3"}, "arreter": {""}})
	c.wants(page, "Par où commencer", "Vous le faites déjà", "Lire et envoyer un courriel", "On peut le voir ensemble", "La souris", "Voir ma carte")
	_, page = c.get("/carte")
	c.wants(page, "Je débute", "<svg")
	for _, path := range []string{"/point", "/point/bilan", "/carte"} {
		if _, page := c.get(path); strings.Contains(strings.ToLower(page), "éloigné") || strings.Contains(page, "eloigne") || strings.Contains(page, "sur 20") {
			t.Errorf("GET %s judges", path)
		}
	}
}

func TestALookWithoutAnAnswerIsFine(t *testing.T) {
	c := newCarded(t)
	_, page := c.post("/point/1", url.Values{"arreter": {""}})
	c.wants(page, "c’est très bien", "Voir toutes les leçons")
	if strings.Contains(page, `href="/carte"`) {
		t.Error("a look without an answer offers a card")
	}
	for path, want := range map[string]int{"/point/0": 404, "/point/12": 404, "/point/x": 404, "/point/11": 200, "/carte/image": 404} {
		if code, _ := c.get(path); code != want {
			t.Errorf("GET %s = %d; want %d", path, code, want)
		}
	}
}

var cardCode = regexp.MustCompile(`d="(M4 4h7v1h-7z[^"]*)"`)

func TestWhatIsLivedGoesOnTheCardOfWhoWantsIt(t *testing.T) {
	c := newCarded(t)
	_, page := c.get("/carte")
	c.wants(page, "Elle ne dit encore rien")
	c.post("/lecon/souris/terminer", url.Values{})
	_, page = c.get("/carte")
	c.wants(page, "J’ai suivi", `name="vecu" value="materiel" checked`)
	_, page = c.post("/carte", url.Values{"vecu": {"materiel"}, "aide": {"on"}})
	c.wants(page, "<li>J’ai aidé quelqu’un</li>")
	if !cardCode.MatchString(page) {
		t.Error("the card has no code")
	}
	if code, svg := c.get("/carte/image"); code != http.StatusOK || !strings.HasPrefix(svg, "<svg") {
		t.Errorf("GET /carte/image = %d, %.30q; want a picture", code, svg)
	}
	_, page = c.post("/carte", url.Values{})
	c.wants(page, "Elle ne dit encore rien")
}

func (c *carded) shows(card portfolio.Card, key ed25519.PrivateKey) {
	c.t.Helper()
	signed, err := card.Sign(key)
	if err != nil {
		c.t.Fatal(err)
	}
	c.part.Shown(signed)
}

func TestACardIsReadBack(t *testing.T) {
	c := newCarded(t)
	_, page := c.get("/carte/relire")
	c.wants(page, "petit carré")
	_, page = c.post("/carte/relire", url.Values{})
	c.wants(page, "n’a pas encore vu de carte")
	c.shows(portfolio.Card{Month: 70, First: level.Distant, Level: level.Beginner, Themes: []string{"messagerie"}}, ledgerKey)
	_, page = c.post("/carte/relire", url.Values{})
	c.wants(page, "Votre carte est relue. Elle a bien été faite", "Je débute", "Premiers pas", `value="messagerie"`)
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{6}, ed25519.SeedSize))
	c.shows(portfolio.Card{Level: level.Autonomous, Helped: true}, stranger)
	_, page = c.get("/carte")
	c.wants(page, "Nous ne savons pas quel poste")
}

func TestNothingOfACardOutlivesTheSession(t *testing.T) {
	c := newCarded(t)
	c.post("/point/1", url.Values{"reponse": {"1"}})
	c.shows(portfolio.Card{Helped: true}, ledgerKey)
	c.part.Forget() // what the launcher does at the end of a session
	_, page := c.get("/carte")
	c.wants(page, "Elle ne dit encore rien")
	if _, page := c.get("/point/1"); strings.Contains(page, `value="1" checked`) {
		t.Error("an answer of the session before is still there")
	}
}

func TestAPreviewIsOnNobodysCard(t *testing.T) {
	dir := t.TempDir()
	edits := &kiosk.Edits{Book: edit.Open(filepath.Join(dir, "lessons"), filepath.Join(dir, "edits"))}
	m := newMediationWith(t, func(part *kiosk.Mediator) { edits.Mediator = part }, edits, &kiosk.Portfolio{Key: ledgerKey})
	m.unlock()
	if code, _ := m.post("/lecon/souris/terminer", url.Values{}); code != http.StatusOK {
		t.Fatalf("POST /lecon/souris/terminer by a mediator = %d; want 200", code)
	}
	m.post("/session/debut", url.Values{})
	_, page := m.get("/carte")
	has(t, page, "Elle ne dit encore rien")
}

func TestCardPagesInEveryLanguage(t *testing.T) {
	for _, lang := range kiosk.Languages() {
		t.Run(lang, func(t *testing.T) {
			c := newCarded(t)
			c.post("/langue", url.Values{"langue": {lang}, "vers": {"/"}})
			c.post("/lecon/souris/terminer", url.Values{})
			c.shows(portfolio.Card{First: level.Distant, Level: level.Beginner, Helped: true, Gym: true, Forms: true}, ledgerKey)
			for _, path := range []string{"/carte", "/carte/relire", "/carte/relire?encore", "/point", "/point/1", "/point/9", "/point/11", "/point/bilan"} {
				code, page := c.get(path)
				if code != http.StatusOK || !strings.Contains(page, `<html lang="`+lang+`"`) || rawKey.MatchString(page) {
					t.Errorf("GET %s = %d, raw key %q; want 200 in %s", path, code, rawKey.FindString(page), lang)
				}
				if n := gzipped(t, page); n > 10_000 {
					t.Errorf("GET %s = %d bytes gzip; want at most 10 KB", path, n)
				}
			}
		})
	}
}
