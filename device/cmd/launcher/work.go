package main

import (
	"context"
	"encoding/json"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// workFile is what the agent reads before it restarts the machine.
const workFile = "work.json"

// tellWork writes <run>/work.json whenever somebody begins or ends: a person's
// session, or the mediator's day.
func (s *station) tellWork(ctx context.Context) error {
	for {
		session, day := s.session.Changed(), s.shop.Changed()
		text, err := json.Marshal(struct {
			Session bool `json:"session"`
			Day     bool `json:"day"`
		}{s.session.Active(), s.shop.Day().Open})
		if err == nil {
			err = durable.Replace(filepath.Join(s.p.flags.Run, workFile), text, 0o644)
		}
		if err != nil {
			s.log.Warn("work not told", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-session:
		case <-day:
		}
	}
}
