package main

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/sandbox"
	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// The states that display.json may hold.
const (
	stateNone     = "none"     // no session; Problem says why, unless one is about to start
	stateStarting = "starting" // nothing seen yet
	stateDrawn    = "drawn"    // a page is on the screen
)

// told is display.json in the run directory: what the screen shows, for
// whoever judges the station's health.
type told struct {
	State   string         `json:"state"`
	World   screen.World   `json:"world,omitempty"`
	Problem screen.Problem `json:"problem,omitempty"`
	Since   time.Time      `json:"since"`
	Session int            `json:"session,omitempty"`
	Limits  sandbox.Limits `json:"limits"`
}

func statusFile(run string) string { return filepath.Join(run, "display.json") }

// status keeps display.json true.
type status struct {
	file string
	log  *slog.Logger
	last told
}

func (s *status) set(state string, r *running, problem screen.Problem) {
	s.last = told{State: state, Problem: problem, Since: time.Now().UTC().Truncate(time.Millisecond)}
	if r != nil {
		s.last.World, s.last.Session, s.last.Limits = r.world, r.n, r.Limits()
	}
	text, err := json.Marshal(s.last)
	if err == nil {
		err = durable.Replace(s.file, text, 0o600)
	}
	if err != nil {
		s.log.Warn("status not written", "err", err)
	}
}

func (s *status) problem() screen.Problem { return s.last.Problem }
