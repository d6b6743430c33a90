package kiosk

import (
	"crypto/ed25519"
	"net/http"
	"slices"
	"sync"

	"github.com/mallette-kit/mallette/device/portfolio"
	"github.com/mallette-kit/mallette/fleet/pass"
)

const (
	cardRoot = "/carte"
	lookRoot = "/point"
)

// Portfolio is the pages of "ma carte" and of the short look at what one can
// do. What a person says or shows is held in memory until [Portfolio.Forget].
type Portfolio struct {
	// Key signs cards: the station's ledger key.
	Key ed25519.PrivateKey
	// Known says whether a station of the tenant signed a card.
	Known func(pass.SignedOwn) bool
	// Joined says that other stations know this one's signature.
	Joined bool
	// Stick is where a person's stick appears; nil: none can be plugged in.
	Stick Stick

	*Server
	mu     sync.Mutex
	held   held
	cards  int           // shown to this station, ever
	change chan struct{} // closed when one is
}

// held is what a session knows of a person's card.
type held struct {
	card    portfolio.Card
	answers []portfolio.Ease
	read    bool   // a card was read back in this session
	known   bool   // and a station of the tenant had signed it
	file    string // of the stick that it was read from or kept on, or ""
}

// Mount implements [Part].
func (p *Portfolio) Mount(s *Server) {
	p.Server, s.portfolio = s, p
	p.change = make(chan struct{})
	for pattern, h := range map[string]Handler{
		"GET " + cardRoot:              p.show,
		"POST " + cardRoot:             p.say,
		"GET " + cardRoot + "/relire":  p.wait,
		"POST " + cardRoot + "/relire": p.waited,
		"GET " + cardRoot + "/image":   p.image,
		"POST " + cardRoot + "/vider":  p.empty,
		"POST " + cardRoot + "/garder": p.keep,
		"POST " + cardRoot + "/cle":    p.takeBack,
		"GET " + lookRoot:              p.begin,
		"GET " + lookRoot + "/{n}":     p.ask,
		"POST " + lookRoot + "/{n}":    p.answer,
		"GET " + lookRoot + "/bilan":   p.result,
	} {
		s.Handle(pattern, s.during(h))
	}
}

// Forget drops what the person said and showed. The end of a session calls it.
func (p *Portfolio) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held{}
}

// Shown takes a card that the person showed to the reader. What was already
// said in this session stays.
func (p *Portfolio) Shown(own pass.SignedOwn) {
	known := p.Known(own)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = p.held.with(portfolio.Of(own.Card), known)
	p.cards++
	close(p.change)
	p.change = make(chan struct{})
}

// with is what is held, put over a card that was read.
func (h held) with(card portfolio.Card, known bool) held {
	now := h.card
	card.Live(now.Themes...)
	if now.Level != "" {
		card.Look(now.Level)
	}
	if (now.Traits != portfolio.Traits{}) {
		card.Traits = now.Traits
	}
	card.Helped, card.Gym, card.Forms = card.Helped || now.Helped, card.Gym || now.Gym, card.Forms || now.Forms
	return held{card: card, answers: h.answers, read: true, known: known, file: h.file}
}

// shownCards counts the cards shown, and returns a channel that is closed at
// the next; a server without the part has none.
func (s *Server) shownCards() (int, <-chan struct{}) {
	if s.portfolio == nil {
		return 0, nil
	}
	s.portfolio.mu.Lock()
	defer s.portfolio.mu.Unlock()
	return s.portfolio.cards, s.portfolio.change
}

// lived notes what may go on the card of the person who is there. A mediator who
// looks at a lesson leaves nothing to the next person.
func (s *Server) lived(note func(*portfolio.Card)) {
	if s.portfolio != nil && s.Session.Active() {
		s.portfolio.alter(func(h *held) { note(&h.card) })
	}
}

func (p *Portfolio) alter(does func(*held)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	does(&p.held)
}

// now returns what is held, for the caller alone.
func (p *Portfolio) now() held {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.held
	h.card.Themes, h.answers = slices.Clone(h.card.Themes), slices.Clone(h.answers)
	return h
}

// wait asks the person to show the card.
func (p *Portfolio) wait(w http.ResponseWriter, r *http.Request) error {
	shown, _ := p.shownCards()
	return p.Render(w, r, http.StatusOK, "card/read", map[string]any{"Shown": shown, "Missed": r.URL.Query().Has("encore"), "Stick": p.Stick != nil})
}

// waited answers somebody who says that the card was shown.
func (p *Portfolio) waited(w http.ResponseWriter, r *http.Request) error {
	if p.now().read {
		return SeeOther(w, r, cardRoot)
	}
	return SeeOther(w, r, cardRoot+"/relire?encore")
}

func (p *Portfolio) empty(w http.ResponseWriter, r *http.Request) error {
	p.Forget()
	return SeeOther(w, r, cardRoot)
}
