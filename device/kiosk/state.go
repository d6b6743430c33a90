package kiosk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// beat is how often a quiet stream says that it is alive.
const beat = 20 * time.Second

// pageState is what an open page needs to know without asking.
type pageState struct {
	Session bool `json:"session"`
	Warning bool `json:"warning"` // the idle warning is on
	Left    int  `json:"left"`    // seconds before the session ends by itself
	Shown   int  `json:"shown"`   // passes shown while mediator mode was shut
	Wanted  bool `json:"wanted"`  // somebody looks for this station
	Cards   int  `json:"cards"`   // people's own cards shown to the reader
}

// state streams the state of the session as server-sent events until the page
// goes away. Every write has a deadline.
func (s *Server) state(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	rc := http.NewResponseController(w)
	for {
		changed := s.Session.Changed()
		n, shown := s.Shown()
		cards, card := s.shownCards()
		if err := s.sendState(w, rc, n, cards); err != nil {
			return nil // the page has gone
		}
		if !waitFor(r, changed, shown, card) {
			return nil
		}
	}
}

func waitFor(r *http.Request, changed, shown, card <-chan struct{}) bool {
	t := time.NewTimer(beat)
	defer t.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-changed:
	case <-shown:
	case <-card:
	case <-t.C:
	}
	return true
}

func (s *Server) sendState(w http.ResponseWriter, rc *http.ResponseController, shown, cards int) error {
	left, warning := s.Session.Warning()
	raw, err := json.Marshal(pageState{s.Session.Active(), warning, int(left / time.Second), shown, s.Today().Wanted, cards})
	if err != nil {
		return err
	}
	_ = rc.SetWriteDeadline(time.Now().Add(5 * time.Second)) // a recorder in tests has none
	if _, err := fmt.Fprintf(w, "event: etat\ndata: %s\n\n", raw); err != nil {
		return err
	}
	return rc.Flush()
}
