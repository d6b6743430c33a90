package main

import (
	"path/filepath"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson/cycle"
)

// cyclesDir is where a station keeps the cycles composed at it.
const cyclesDir = "cycles"

// cycles are the pages where the mediator makes courses of lessons, of this
// station's and of the fleet's.
func (s *station) cycles(m *kiosk.Mediator) *kiosk.Cycles {
	signed := func() map[string][]byte { return s.trust.Snapshot().Cycles }
	return &kiosk.Cycles{Mediator: m, Book: cycle.Open(filepath.Join(s.p.Data, cyclesDir), signed), Stick: s.stick()}
}
