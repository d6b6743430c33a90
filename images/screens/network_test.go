package screens_test

import (
	"context"
	"log/slog"
	"os"
	"sync"

	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/device/network"
)

// room is a network program in a room with a Wi-Fi, a portal or nothing; the
// radio is not this machine's, the socket and the pages are real.
type room struct {
	run   string // where every program of the station reads how it stands
	mu    sync.Mutex
	state network.State
}

func (r *room) is(s network.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
	_ = network.Write(r.run, s) // the run directory is in memory
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

// withRoom is a station that keeps its own network, in that room.
func withRoom(r *room) piece {
	return func(h *house) {
		run := h.station.RunDir()
		h.must(os.MkdirAll(run, 0o700))
		r.run = run
		h.plays(func(ctx context.Context) error { return network.Serve(ctx, run, r, slog.New(slog.DiscardHandler)) })
	}
}

// choosesNetwork looks whether all is ready, and joins a Wi-Fi.
func (w *walk) choosesNetwork() {
	w.t.Helper()
	w.comes()
	w.follow("Tout est prêt")
	w.see("Ce poste ne connaît encore aucun Wi-Fi")
	w.picture("pret")
	w.follow("Choisir le réseau")
	w.picture("reseau")
	w.follow("Choisir")
	w.picture("reseau-secret")
	w.write("Mot de passe du Wi-Fi", "le chien dort")
	w.leave(kb.Enter)
	w.see("n’est pas le bon")
	w.picture("reseau-refus")
	w.write("Mot de passe du Wi-Fi", "le chat dort")
	w.leave(kb.Enter)
	w.see("Ce Wi-Fi est rejoint")
	w.picture("reseau-rejoint")
	w.leaves()
}
