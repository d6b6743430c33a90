package main

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// picture is a display without a browser: the test is what sits before it.
type picture struct {
	t      *testing.T
	link   *screen.Link
	pages  net.Listener
	client *http.Client
}

// pictureOf connects as display does and shows a session of the world.
func pictureOf(t *testing.T, run string, world screen.World, n int) *picture {
	t.Helper()
	p := &picture{t: t}
	for late := time.Now().Add(20 * time.Second); p.link == nil; {
		link, err := screen.Dial(t.Context(), screen.Socket(run))
		if err == nil {
			p.link = link
		} else if time.Now().After(late) {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { p.link.Close() })
	p.show(world, n)
	return p
}

func (p *picture) show(world screen.World, n int) {
	p.t.Helper()
	var err error
	if p.pages, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { p.pages.Close() })
	jar, _ := cookiejar.New(nil)
	p.client = &http.Client{Jar: jar}
	must(p.t, p.link.Report(screen.Report{State: screen.Starting, World: world, Session: n}, p.pages))
}

func (p *picture) get(path string) (int, string) {
	p.t.Helper()
	resp, err := p.client.Get("http://" + p.pages.Addr().String() + path)
	must(p.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(p.t, err)
	return resp.StatusCode, string(text)
}

// press sends a form with the token of a page.
func (p *picture) press(on, path string) string {
	p.t.Helper()
	_, page := p.get(on)
	form := url.Values{"jeton": {formToken.FindStringSubmatch(page)[1]}}
	resp, err := p.client.PostForm("http://"+p.pages.Addr().String()+path, form)
	must(p.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(p.t, err)
	return string(text)
}

func (p *picture) asked(want screen.Order) {
	p.t.Helper()
	got, err := p.link.Next()
	if err != nil || got != want {
		p.t.Fatalf("launcher asked %+v, %v; want %+v", got, err, want)
	}
}

func TestPictureFollowsThePerson(t *testing.T) {
	f := newFleet(t, t.TempDir(), nil)
	start(t, f)
	p := pictureOf(t, f.run, screen.Kiosk, 1)
	if code, page := p.get("/"); code != http.StatusOK || !strings.Contains(page, "Mallette") {
		t.Fatalf("GET / on the passed listener = %d; want the home page", code)
	}
	p.get("/dessin")
	p.asked(screen.Order{Want: screen.WantDrawn, Session: 1})
	p.press("/", "/session/debut")
	p.press("/", "/session/fin")
	p.asked(screen.Order{Want: screen.WantKiosk})
	must(t, p.link.Report(screen.Report{State: screen.Ended, World: screen.Kiosk, Session: 1}, nil))
	p.show(screen.Kiosk, 2)
	if code, _ := p.get("/"); code != http.StatusOK {
		t.Errorf("GET / in the next session = %d; want 200", code)
	}
}

// TestDisplayStartedAgain: display counts its sessions from 1 in each of its
// lives, and every one of them ends with its person.
func TestDisplayStartedAgain(t *testing.T) {
	f := newFleet(t, t.TempDir(), nil)
	start(t, f)
	for range 2 {
		p := pictureOf(t, f.run, screen.Kiosk, 1)
		p.press("/", "/session/debut")
		p.press("/", "/session/fin")
		p.asked(screen.Order{Want: screen.WantKiosk})
		must(t, p.link.Close())
	}
}

func TestTheWebAndBack(t *testing.T) {
	f := newFleet(t, t.TempDir(), func(d *wire.Desired) { d.Places[0].Proxy = "proxy.mairie.example:3128" })
	start(t, f)
	must(t, network.Write(f.run, network.State{Online: true}))
	p := pictureOf(t, f.run, screen.Kiosk, 1)
	p.press("/aide", "/web/ouvrir")
	p.asked(screen.Order{Want: screen.WantHelp, Proxy: "proxy.mairie.example:3128"})
	must(t, p.link.Report(screen.Report{State: screen.Ended, World: screen.Kiosk, Session: 1}, nil))
	p.show(screen.Help, 2)
	if code, _ := p.get("/mediateur"); code != http.StatusNotFound {
		t.Errorf("GET /mediateur from the web = %d; want 404", code)
	}
	done := make(chan string)
	go func() { done <- p.press("/", "/web/cle") }()
	p.asked(screen.Order{Want: screen.WantStick})
	must(t, p.link.Report(screen.Report{State: screen.Stick, Session: 2, Problem: screen.StickMissing}, nil))
	if page := <-done; !strings.Contains(page, "Aucune clé") {
		t.Error("page does not say that there is no stick")
	}
	p.press("/", "/web/fermer")
	p.asked(screen.Order{Want: screen.WantKiosk})
}
