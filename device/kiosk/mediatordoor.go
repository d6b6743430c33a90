package kiosk

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/device/workshop"
)

type doorPage struct {
	Enrolled bool
	CanJoin  bool
	Install  bool
	List     []alertWords // what the start found, where nobody has the page behind the door
	Wait     int          // seconds before another PIN
	Problem  string
	Checks   bool // there is "Tout est prêt ?"
	Network  bool // the network can be chosen here
}

type hubPage struct {
	frame
	Day       dayWords
	Station   Station
	Validated int
	Session   bool
	Last      bool
}

// hub is the door while it is shut, and the crossroads once it is open.
func (m *Mediator) hub(w http.ResponseWriter, r *http.Request) error {
	if _, open := m.Door.Use(); !open {
		return m.showDoor(w, r, http.StatusOK, "")
	}
	n, err := m.validated(r)
	if err != nil {
		return err
	}
	_, last := m.Days.Last()
	return m.Render(w, r, http.StatusOK, "mediator/hub", hubPage{
		frame: m.frame(r, "hub"), Day: m.dayWords(r), Station: m.State(r.Context()),
		Validated: n, Session: m.Session.Active(), Last: last,
	})
}

func (m *Mediator) validated(r *http.Request) (int, error) {
	if !m.Desk.Takes() || !m.Days.Day().Open {
		return 0, nil
	}
	n, err := m.Desk.Validated(r.Context())
	if err != nil {
		return 0, fmt.Errorf("count validations: %w", err)
	}
	return n, nil
}

func (m *Mediator) showDoor(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	st := m.State(r.Context())
	if problem == "" && st.CardError != nil {
		problem = doorWords(st.CardError)
	}
	wait := int((m.Door.Wait() + time.Second - 1) / time.Second)
	var list []alertWords
	for _, a := range st.Alerts {
		if !st.Enrolled && a.Kind == AlertStart {
			list = append(list, wordsOfAlert(a))
		}
	}
	return m.Render(w, r, status, "mediator/door", doorPage{
		List:     list,
		Enrolled: st.Enrolled, CanJoin: !st.Enrolled && m.Join != nil, Wait: wait, Problem: problem, Checks: m.Ready != nil, Network: m.Network != nil,
		Install: m.Installer != nil,
	})
}

// unlock tries a PIN. Whatever it was, it is not kept and not shown again.
func (m *Mediator) unlock(w http.ResponseWriter, r *http.Request) error {
	if err := m.Door.ByPIN(r.PostForm.Get("code")); err != nil {
		return m.showDoor(w, r, doorStatus(err), doorWords(err))
	}
	return SeeOther(w, r, m.firstPage())
}

func doorStatus(err error) int {
	if errors.Is(err, workshop.ErrWait) {
		return http.StatusTooManyRequests
	}
	return http.StatusForbidden
}

// firstPage is where a mediator who just arrived most likely wants to be.
func (m *Mediator) firstPage() string {
	switch {
	case !m.Days.Day().Open:
		return "/mediateur/journee"
	case m.Desk.Takes() && m.Desk.Waiting() > 0:
		return "/mediateur/pass"
	}
	return "/mediateur"
}

func (m *Mediator) lock(w http.ResponseWriter, r *http.Request) error {
	m.Desk.Clear()
	m.Door.Lock()
	return SeeOther(w, r, "/")
}

// endSession ends the session of whoever sits at the station: in a workshop
// nobody else does.
func (m *Mediator) endSession(w http.ResponseWriter, r *http.Request) error {
	if err := m.Session.End(); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return SeeOther(w, r, "/mediateur")
}
