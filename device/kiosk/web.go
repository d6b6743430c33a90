package kiosk

import (
	"context"
	"errors"
	"net"
	"net/http"
)

const webRoot = "/web"

// What opening the open web may fail with, besides a broken station.
var (
	// ErrNoWay says that there is no way to the Internet now.
	ErrNoWay = errors.New("no way to the internet")
	// ErrNoStick says that no memory stick is plugged in.
	ErrNoStick = errors.New("no memory stick")
	// ErrStickUnread says that nothing on the stick can be read.
	ErrStickUnread = errors.New("memory stick not readable")
	// ErrStickBusy says that somebody else uses the stick, and for long.
	ErrStickBusy = errors.New("memory stick in use")
)

// Screens opens the open web in a browser of its own and closes it. It is safe
// for concurrent use.
type Screens interface {
	// Open ends the kiosk's browser and opens one on the web; it fails with
	// [ErrNoWay] where there is none.
	Open(ctx context.Context) error
	// Close ends it and everything in it; the kiosk comes back.
	Close() error
	// Stick opens a memory stick in it, or lets it go. It fails with
	// [ErrNoStick] and [ErrStickUnread].
	Stick(ctx context.Context, open bool) error
	// Online says whether the web can be opened now.
	Online() bool
}

// Web is the doors to the open web and back: in the kiosk a button, in the
// other browser the one page of the station that can be reached there.
type Web struct {
	Screens Screens
	*Server
	inside *http.ServeMux
}

// Mount implements [Part].
func (p *Web) Mount(s *Server) {
	p.Server, s.web, p.inside = s, p, http.NewServeMux()
	s.Handle("POST "+webRoot+"/ouvrir", p.open)
	for pattern, h := range map[string]Handler{
		"GET /{$}":                    p.back,
		"POST " + webRoot + "/fermer": p.close,
		"POST " + webRoot + "/cle":    p.stick,
		"GET /encore-la":              s.stillThere,
		"POST /session/prolonger":     s.extend,
		"POST /session/presence":      s.touch,
		"POST /session/fin":           p.close,
		"POST /langue":                s.saveLanguage,
		"GET /etat":                   s.state,
		"GET /dessin":                 s.painted,
		"GET /voix":                   s.spoken((*Aloud).sound),
		"GET /voix/mots":              s.spoken((*Aloud).words),
		"GET " + assetRoot:            s.assets.serve,
		"/":                           notFound,
	} {
		p.inside.Handle(pattern, s.handler(h))
	}
}

// RunWeb serves ln, which it closes, to a browser on the open web until ctx is
// done: the page that leads back, and nothing else of the station.
func (s *Server) RunWeb(ctx context.Context, ln net.Listener) error {
	return s.serve(ctx, ln, s.WebHandler())
}

type outsideKey struct{}

// WebHandler is what RunWeb serves, behind the same doors as everything else.
func (s *Server) WebHandler() http.Handler {
	site := s.doors(s.web.inside)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), outsideKey{}, true)))
	})
}

// isOutside reports whether the page is shown in a browser on the open web.
func isOutside(r *http.Request) bool {
	outside, _ := r.Context().Value(outsideKey{}).(bool)
	return outside
}

// painted hears from the first page of a browser that it is on the screen.
func (s *Server) painted(w http.ResponseWriter, r *http.Request) error {
	if s.Painted != nil {
		s.Painted(r.Context())
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// open begins a session if none is on, so that somebody who walks away is
// noticed, and opens the web.
func (p *Web) open(w http.ResponseWriter, r *http.Request) error {
	if err := p.Session.Begin(); err != nil {
		return err
	}
	switch err := p.Screens.Open(r.Context()); {
	case errors.Is(err, ErrNoWay):
		return SeeOther(w, r, "/aide?internet")
	case err != nil:
		return err
	}
	return p.Render(w, r, http.StatusOK, "web/opening", nil)
}

// back is the page that the way back leads to. Stick is what came of asking
// for one.
func (p *Web) back(w http.ResponseWriter, r *http.Request) error {
	p.Session.Touch()
	said := known(r.URL.Query().Get("cle"), []string{"", "ouverte", "absente", "illisible", "rendue"})
	return p.Render(w, r, http.StatusOK, "web/back", map[string]any{"Stick": said})
}

// close ends the person's time: nothing of it is left, here and on the web's
// side of the machine.
func (p *Web) close(w http.ResponseWriter, r *http.Request) error {
	if err := p.Session.End(); err != nil {
		return err
	}
	if err := p.Screens.Close(); err != nil {
		return err
	}
	return p.Render(w, r, http.StatusOK, "web/closing", nil)
}

func (p *Web) stick(w http.ResponseWriter, r *http.Request) error {
	open := r.PostForm.Get("rendre") == ""
	said := "ouverte"
	switch err := p.Screens.Stick(r.Context(), open); {
	case errors.Is(err, ErrNoStick):
		said = "absente"
	case err != nil:
		said = "illisible"
	case !open:
		said = "rendue"
	}
	return SeeOther(w, r, "/?cle="+said)
}

// doorway is what the page of help says of the open web: nothing where no
// browser can be opened.
type doorway struct {
	Here   bool // this station has a screen of its own
	Online bool
	Asked  bool // somebody pressed the button and there was no way
}

func (s *Server) doorway(r *http.Request) doorway {
	if s.web == nil || s.web.Screens == nil {
		return doorway{}
	}
	_, asked := r.URL.Query()["internet"]
	return doorway{Here: true, Online: s.web.Screens.Online(), Asked: asked}
}
