package kiosk

import (
	"io"
	"net/http"
	"time"
)

// stream tells an open page of mediator mode that something changed, so that
// it fetches itself again. It ends when the door shuts, and says so.
func (m *Mediator) stream(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	rc := http.NewResponseController(w)
	said := "event: change\ndata: 0\n\n"
	for {
		door, days, desk := m.Door.Changed(), m.Days.Changed(), m.Desk.Changed()
		_, open := m.Door.Grant()
		if !open {
			said = "event: ferme\ndata: 0\n\n"
		}
		_ = rc.SetWriteDeadline(time.Now().Add(5 * time.Second)) // a recorder in tests has none
		if _, err := io.WriteString(w, said); err != nil || rc.Flush() != nil || !open {
			return nil // the page has gone, or has nothing more to hear
		}
		if said = firstOf(r, door, days, desk); said == "" {
			return nil
		}
	}
}

// firstOf waits for the first of three changes and returns what to say of it; a
// beat is no change, because a page that fetches itself keeps the door open.
// It returns "" when the page has gone.
func firstOf(r *http.Request, a, b, c <-chan struct{}) string {
	t := time.NewTimer(beat)
	defer t.Stop()
	select {
	case <-r.Context().Done():
		return ""
	case <-t.C:
		return ":\n\n"
	case <-a:
	case <-b:
	case <-c:
	}
	return "event: change\ndata: 0\n\n"
}
