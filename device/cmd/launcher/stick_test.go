package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/screen"
)

// tells sends a form with fields and the token of a page, and gives what the
// station answers once display has been asked and has answered.
func (p *picture) tells(on, path string, form url.Values) <-chan string {
	p.t.Helper()
	_, page := p.get(on)
	form.Set("jeton", formToken.FindStringSubmatch(page)[1])
	answer := make(chan string, 1)
	go func() {
		resp, err := p.client.PostForm("http://"+p.pages.Addr().String()+path, form)
		if err != nil {
			answer <- err.Error()
			return
		}
		answer <- text(p.t, resp)
	}()
	return answer
}

// opens answers as display does when it was asked to open the stick or to let
// it go.
func (p *picture) opens(off bool, problem screen.Problem) {
	p.t.Helper()
	p.asked(screen.Order{Want: screen.WantStick, Off: off})
	must(p.t, p.link.Report(screen.Report{State: screen.Stick, Session: 1, Problem: problem}, nil))
}

func said(t *testing.T, answer <-chan string, want string) {
	t.Helper()
	if page := <-answer; !strings.Contains(page, want) {
		t.Errorf("page does not say %q:\n%s", want, page)
	}
}

// TestACardOnAStickThatDisplayOpens keeps a card and reads it back: display
// opens the stick before, and lets it go after, and the person is told only
// then that she may pull it out.
func TestACardOnAStickThatDisplayOpens(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "stick")
	f := newFleet(t, t.TempDir(), nil)
	start(t, f, "--stick", dir)
	p := pictureOf(t, f.run, screen.Kiosk, 1)
	p.press("/", "/session/debut")
	said(t, p.tells("/carte", "/carte", url.Values{"aide": {"on"}}), "quelqu’un")

	answer := p.tells("/carte", "/carte/garder", url.Values{})
	p.opens(false, screen.StickMissing)
	said(t, answer, "Il n’y a pas de clé USB")

	answer = p.tells("/carte", "/carte/garder", url.Values{})
	p.asked(screen.Order{Want: screen.WantStick})
	must(t, os.Mkdir(dir, 0o755)) // as display mounts it
	must(t, p.link.Report(screen.Report{State: screen.Stick, Session: 1}, nil))
	p.asked(screen.Order{Want: screen.WantStick, Off: true})
	if _, err := os.Stat(filepath.Join(dir, "ma-carte", "ma-carte.svg")); err != nil {
		t.Errorf("the stick was let go before the card was on it: %v", err)
	}
	must(t, p.link.Report(screen.Report{State: screen.Stick, Session: 1}, nil))
	said(t, answer, "Votre carte est sur la clé")

	p.press("/carte", "/carte/vider")
	answer = p.tells("/carte/relire", "/carte/cle", url.Values{})
	p.opens(false, screen.None)
	p.opens(true, screen.None)
	said(t, answer, "Votre carte est relue")

	answer = p.tells("/carte", "/carte/garder", url.Values{})
	p.opens(false, screen.None)
	p.opens(true, screen.StickUnread)
	said(t, answer, "La clé ne répond pas")
}
