package screens_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/images/stage"
)

// room is a network program in a room with a Wi-Fi, a portal or nothing; the
// radio is not this machine's, the socket and the pages are real.
type room struct {
	mu    sync.Mutex
	state network.State
}

func (r *room) is(s network.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
}

func (r *room) State() network.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

func (r *room) Places(context.Context, bool) ([]network.Place, error) {
	joined := r.State().Joined
	return []network.Place{
		{Name: "Médiathèque", Signal: 82, Security: network.Secret, Joined: joined != "", Known: joined != ""},
		{Name: "Gare", Signal: 44, Security: network.Open}, {Name: "Lycée du Parc", Signal: 21, Security: network.Enterprise},
		{Name: "Une box au nom aussi long que 32", Security: network.Secret, Known: true},
	}, nil
}

func (r *room) Join(_ context.Context, name, secret string) error {
	if secret != "le chat dort" {
		return network.ErrSecret
	}
	r.is(network.State{Online: true, Radio: true, Joined: name})
	return nil
}

func (r *room) Forget(context.Context, string) error { return nil }
func (r *room) Probe(context.Context) network.State  { return r.State() }

// openRoom opens a house whose station keeps its own network.
func openRoom(t *testing.T) (*house, *room) {
	t.Helper()
	dir := t.TempDir()
	r := &room{state: network.State{Reason: network.NoneKnown, Radio: true}}
	run := filepath.Join(dir, "station", "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- network.Serve(ctx, run, r, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() { cancel(); <-ended })
	return openHouseIn(t, dir), r
}

// TestNetworkByKeyboard chooses a Wi-Fi as a mediator does, without a mouse, and
// looks whether all is ready.
func TestNetworkByKeyboard(t *testing.T) {
	h, _ := openRoom(t)
	b := openBrowser(t)
	b.visit(h.station.Kiosk() + "mediateur")
	b.write("Code secret", stage.PIN)
	b.leave(kb.Enter)
	b.visit(h.station.Kiosk() + "mediateur")
	b.follow("Tout est prêt")
	b.see("Ce poste ne connaît encore aucun Wi-Fi")
	b.picture("pret")
	b.follow("Choisir le réseau")
	b.picture("reseau")
	b.follow("Choisir")
	b.picture("reseau-secret")
	b.write("Mot de passe du Wi-Fi", "le chien dort")
	b.leave(kb.Enter)
	b.see("n’est pas le bon")
	b.picture("reseau-refus")
	b.write("Mot de passe du Wi-Fi", "le chat dort")
	b.leave(kb.Enter)
	b.see("Ce Wi-Fi est rejoint")
	b.picture("reseau-rejoint")
}

// TestNetworkInEveryDisplay holds both pages, in each language and display mode
// and in each state, to the accessibility rules and the width of the screen.
func TestNetworkInEveryDisplay(t *testing.T) {
	h, r := openRoom(t)
	for _, d := range displays {
		t.Run(d.name, func(t *testing.T) {
			b := openBrowser(t)
			b.run("set the width", chromedp.EmulateViewport(d.width, 800))
			b.visit(h.station.Kiosk())
			b.follow("Commencer")
			b.choose(h, d)
			b.visit(h.station.Kiosk() + "mediateur")
			b.write("Code secret", stage.PIN)
			b.leave(kb.Enter)
			for _, s := range []network.State{
				{Reason: network.OutOfRange, Radio: true}, {Reason: network.Portal, Portal: "http://portail.example/une/adresse/qui/ne/finit/pas?" + "x=0123456789012345678901234567890123456789"},
				{Online: true, Radio: true, Joined: "Médiathèque"}, {Reason: network.NoCable},
			} {
				r.is(s)
				for _, page := range []string{"mediateur/reseau", "mediateur/reseau?nom=M%C3%A9diath%C3%A8que", "mediateur/pret", "mediateur/pret?son=non"} {
					b.visit(h.station.Kiosk() + page)
					b.fits(d)
				}
			}
			b.picture("pret")
			b.visit(h.station.Kiosk())
			b.follow(d.done)
		})
	}
}
