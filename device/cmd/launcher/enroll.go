package main

import (
	"context"
	"os"

	"github.com/mallette-kit/mallette/hardware/board"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// enroll joins a fleet with a code that somebody typed. It returns what to say
// when that did not work; when it did, [program.watchIdentity] starts the
// station's new life.
func (s *station) enroll(ctx context.Context, token string) string {
	root := os.DirFS("/")
	machine := enroll.Machine{Model: board.Identify(root).Model, Hardware: enroll.HardwareID(root, s.p.Slot)}
	me, err := enroll.Join(ctx, token, s.p.Data, machine, s.clock.Floor)
	if err != nil {
		kind := enroll.KindOf(err)
		s.log.Warn("enrolment failed", "why", string(kind))
		return kind.French()
	}
	s.log.Info("station enrolled", "station", string(me.ID))
	return ""
}
