package kiosk

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// AlertKind is something a mediator should know about the station.
type AlertKind string

// The alerts.
const (
	AlertDeadline AlertKind = "deadline" // validations not sent, and their batch is soon past payment
	AlertDisk     AlertKind = "disk"
	AlertAside    AlertKind = "aside" // the journal was damaged and set aside
	AlertClock    AlertKind = "clock"
	AlertSync     AlertKind = "sync"
	AlertLists    AlertKind = "lists"
	AlertReader   AlertKind = "reader"
	AlertLesson   AlertKind = "lesson"  // a lesson pack was refused
	AlertLessons  AlertKind = "lessons" // and more of them than are told apart
)

// Alert is one alert. N, By, File and Why mean what the kind says: how many,
// until when, the name of a file, what is wrong with it.
type Alert struct {
	Kind AlertKind
	N    int
	By   time.Time
	File string
	Why  error
	// Start is set for AlertStart.
	Start slot.Problem
}

type stationPage struct {
	frame
	Station Station
	Now     dateWords
	Sync    string
	List    []alertWords
}

func (m *Mediator) station(w http.ResponseWriter, r *http.Request) error {
	st := m.State(r.Context())
	p := stationPage{frame: m.frame(r, "station"), Station: st, Now: saidNow(st), Sync: saidSync(st)}
	for _, a := range st.Alerts {
		p.List = append(p.List, wordsOfAlert(a))
	}
	return m.Render(w, r, http.StatusOK, "mediator/station", p)
}

type joinPage struct {
	Problem string
	Joined  bool
	Codes   bool   // a code can be asked for
	Server  string // that flashing named, or that was asked last
}

// joinForm is only there while the station belongs to no fleet.
func (m *Mediator) joinForm(w http.ResponseWriter, r *http.Request) error {
	return m.showJoin(w, r, http.StatusOK, joinPage{})
}

func (m *Mediator) showJoin(w http.ResponseWriter, r *http.Request, status int, p joinPage) error {
	if m.Join == nil || (m.State(r.Context()).Enrolled && !p.Joined) {
		return ErrNotFound
	}
	if m.Codes != nil {
		asked := m.Codes.Asked()
		p.Codes, p.Server = true, asked.Server
		if p.Problem == "" {
			p.Problem = asked.Problem
		}
	}
	return m.Render(w, r, status, "mediator/join", p)
}

func (m *Mediator) join(w http.ResponseWriter, r *http.Request) error {
	if m.Join == nil || m.State(r.Context()).Enrolled {
		return ErrNotFound
	}
	ctx, cancel := context.WithTimeout(r.Context(), 25*time.Second)
	defer cancel()
	token := strings.Join(strings.Fields(r.PostForm.Get("jeton_de_poste")), "")
	if refusal := m.Join(ctx, token); refusal != "" {
		return m.showJoin(w, r, http.StatusUnprocessableEntity, joinPage{Problem: refusal})
	}
	return m.showJoin(w, r, http.StatusOK, joinPage{Joined: true})
}
