package kiosk

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/device/network"
)

// Network is the station's network, as a mediator looks at it and chooses a
// Wi-Fi. Its errors are those of device/network.
type Network interface {
	State(ctx context.Context) (network.State, error)
	Places(ctx context.Context, rescan bool) ([]network.Place, error)
	Join(ctx context.Context, name, secret string) error
	Forget(ctx context.Context, name string) error
	Probe(ctx context.Context) (network.State, error)
}

// networkTime bounds what a page waits for the network program: less than a
// browser waits for the page.
const networkTime = 26 * time.Second

type networkPage struct {
	frame
	Inside  bool // mediator mode is open: there is a way back
	State   network.State
	Away    bool // the network program does not answer
	Places  []network.Place
	Chosen  *network.Place // whose secret is asked
	Shown   bool           // what is typed can be read
	Done    string         // what just happened, a key
	Problem string         // what just did not, a key
	Portal  bool           // this station can open the portal's page
}

// networks are the addresses of these pages.
func (m *Mediator) networks() map[string]Handler {
	return map[string]Handler{
		"GET /mediateur/reseau":            m.network,
		"POST /mediateur/reseau/ecouter":   m.listen,
		"POST /mediateur/reseau/essayer":   m.tryNetwork,
		"POST /mediateur/reseau/rejoindre": m.joinWiFi,
		"POST /mediateur/reseau/oublier":   m.forgetWiFi,
		"POST /mediateur/reseau/portail":   m.openPortal,
	}
}

// insideOrNew asks for an open door, unless the station belongs to no fleet
// yet: then nobody has a card or a code, and joining one takes a network.
func (m *Mediator) insideOrNew(h Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, open := m.Door.Use(); open || !m.State(r.Context()).Enrolled {
			return h(w, r)
		}
		return SeeOther(w, r, "/mediateur")
	}
}

func (m *Mediator) network(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	p := m.networkPage(r, false)
	p.Shown = q.Get("montrer") != ""
	if done := q.Get("fait"); done == "rejoint" || done == "oublie" {
		p.Done = done
	}
	p.choose(q.Get("nom"))
	return m.Render(w, r, http.StatusOK, "network/network", p)
}

func (m *Mediator) networkPage(r *http.Request, rescan bool) networkPage {
	ctx, cancel := context.WithTimeout(r.Context(), networkTime)
	defer cancel()
	_, inside := m.Door.Grant()
	p := networkPage{frame: m.frame(r, "network"), Inside: inside, Portal: m.OpenPortal != nil}
	var err error
	if p.Places, err = m.Network.Places(ctx, rescan); err != nil && rescan {
		p.Problem = networkProblem(err)
		p.Places, _ = m.Network.Places(ctx, false) // what was heard before
	}
	p.State, err = m.Network.State(ctx)
	p.Away = errors.Is(err, network.ErrAway)
	return p
}

// choose finds the Wi-Fi whose secret should be asked. One that hides its name
// is chosen by typing it, which an empty name stands for.
func (p *networkPage) choose(name string) {
	for i := range p.Places {
		if name != "" && p.Places[i].Name == name {
			p.Chosen = &p.Places[i]
		}
	}
}

// Signal says a strength in three words: a figure would ask for knowledge.
func (networkPage) Signal(p network.Place) string {
	switch {
	case p.Signal >= 60:
		return "strong"
	case p.Signal >= 30:
		return "fair"
	case p.Signal > 0:
		return "weak"
	}
	return "away"
}

// listen hears which Wi-Fi there are now.
func (m *Mediator) listen(w http.ResponseWriter, r *http.Request) error {
	return m.Render(w, r, http.StatusOK, "network/network", m.networkPage(r, true))
}

func (m *Mediator) tryNetwork(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), networkTime)
	defer cancel()
	if _, err := m.Network.Probe(ctx); err != nil {
		return m.networkFailed(w, r, "", err)
	}
	return SeeOther(w, r, "/mediateur/reseau")
}

// joinWiFi joins a Wi-Fi. The secret is never shown again, whatever happens.
func (m *Mediator) joinWiFi(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), networkTime)
	defer cancel()
	name := r.PostForm.Get("nom")
	if err := m.Network.Join(ctx, name, r.PostForm.Get("secret")); err != nil {
		return m.networkFailed(w, r, name, err)
	}
	return SeeOther(w, r, "/mediateur/reseau?fait=rejoint")
}

func (m *Mediator) forgetWiFi(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), networkTime)
	defer cancel()
	if err := m.Network.Forget(ctx, r.PostForm.Get("nom")); err != nil {
		return m.networkFailed(w, r, "", err)
	}
	return SeeOther(w, r, "/mediateur/reseau?fait=oublie")
}

// openPortal opens the page that wants to be answered, in the clean browser of
// one person.
func (m *Mediator) openPortal(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), networkTime)
	defer cancel()
	st, err := m.Network.State(ctx)
	if err != nil || st.Portal == "" || m.OpenPortal == nil {
		return SeeOther(w, r, "/mediateur/reseau")
	}
	if err := m.OpenPortal(ctx, st.Portal); err != nil {
		m.Log.Warn("portal not opened", "err", err)
		return m.networkFailed(w, r, "", errPortal)
	}
	return SeeOther(w, r, "/mediateur/reseau")
}

// networkFailed shows the page again with what went wrong, and the form again
// when another secret may help.
func (m *Mediator) networkFailed(w http.ResponseWriter, r *http.Request, name string, err error) error {
	p := m.networkPage(r, false)
	p.Problem = networkProblem(err)
	p.choose(name)
	return m.Render(w, r, http.StatusUnprocessableEntity, "network/network", p)
}

// errPortal says that the browser for the portal's page did not start.
var errPortal = errors.New("portal not opened")

// networkProblem is the key of the words for what went wrong.
func networkProblem(err error) string {
	for key, kind := range map[string]error{
		"secret": network.ErrSecret, "form": network.ErrForm, "range": network.ErrRange, "unsupported": network.ErrUnsupported,
		"radio": network.ErrNoRadio, "full": network.ErrFull, "away": network.ErrAway, "portal": errPortal,
	} {
		if errors.Is(err, kind) {
			return key
		}
	}
	return "slow"
}
