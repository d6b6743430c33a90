package kiosk_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/workshop"
)

func TestEveryGuardedPageAsksForAnOpenDoor(t *testing.T) {
	m := newMediation(t)
	m.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	_, page := m.get("/aide")
	for _, route := range kiosk.GuardedRoutes() {
		method, path, _ := strings.Cut(route, " ")
		path = strings.ReplaceAll(path, "{id}", "1")
		t.Run(route, func(t *testing.T) {
			body := strings.NewReader(url.Values{"jeton": {token(page)}, "participants": {"1"}, "papiers": {"1"}, "code": {"1"}}.Encode())
			req, err := http.NewRequest(method, m.url+path, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp, err := m.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/mediateur" {
				t.Errorf("%s = %d to %q; want 303 to /mediateur", route, resp.StatusCode, resp.Header.Get("Location"))
			}
		})
	}
	if len(m.desk.did) != 0 || m.days.Day().Open {
		t.Errorf("behind a shut door the desk did %v; want nothing", m.desk.did)
	}
}

func TestFormsOfTheMediatorNeedTheirToken(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	for _, path := range []string{"/mediateur/pass", "/mediateur/journee", "/mediateur/fermer", "/mediateur/ouvrir", "/mediateur/rejoindre"} {
		resp, err := m.client.PostForm(m.url+path, url.Values{"code": {"1"}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s without a token = %d; want 403", path, resp.StatusCode)
		}
	}
	if len(m.desk.did) != 0 {
		t.Errorf("without a token the desk did %v; want nothing", m.desk.did)
	}
}

func TestUnlock(t *testing.T) {
	m := newMediation(t)
	status, page := m.post("/mediateur/ouvrir", url.Values{"code": {"000000"}})
	has(t, page, "Ce code n’est pas le bon")
	if status != http.StatusForbidden || strings.Contains(page, "000000") {
		t.Errorf("wrong PIN = %d, shown again %v; want 403, false", status, strings.Contains(page, "000000"))
	}
	_, page = m.post("/mediateur/ouvrir", url.Values{"code": {secret}})
	has(t, page, "Ouvrir la journée", "jeudi 12 mars 2026", "c’est bien ça ?", "Médiathèque")
	m.post("/mediateur/fermer", url.Values{})
	if _, open := m.door.Grant(); open || m.desk.did[0] != "clear" {
		t.Errorf("after closing: open %v, desk did %v; want false, clear", open, m.desk.did)
	}
}

func TestTheDoorSaysHowLongToWait(t *testing.T) {
	m := newMediation(t)
	for range 3 {
		m.post("/mediateur/ouvrir", url.Values{"code": {"000000"}})
	}
	status, page := m.post("/mediateur/ouvrir", url.Values{"code": {secret}})
	has(t, page, "Trop d’essais", "15 secondes")
	if status != http.StatusTooManyRequests {
		t.Errorf("right PIN too early = %d; want 429", status)
	}
}

func TestTheDoorSaysWhatIsWrongWithACard(t *testing.T) {
	m := newMediation(t)
	m.state.CardError = workshop.ErrUnknownKey
	_, page := m.get("/mediateur")
	has(t, page, "Ce poste ne connaît pas encore cette carte : reliez-le au réseau, ou utilisez le code.")
	m.state.CardError = workshop.ErrNotOurs
	_, page = m.get("/mediateur")
	has(t, page, "elle est d’une autre structure")
}

func TestTheStreamEndsWhenTheDoorShuts(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url+"/mediateur/flux", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := m.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	m.door.Lock()
	_, text := read(t, resp)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || !strings.HasSuffix(text, "event: ferme\ndata: 0\n\n") {
		t.Errorf("stream = %q; want it to end with ferme", text)
	}
}
