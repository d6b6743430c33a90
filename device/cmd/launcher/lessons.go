package main

import (
	"context"
	"encoding/json"
	"path/filepath"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// refusedFile is where the agent finds what to tell the fleet.
const refusedFile = "lessons.json"

// amend takes back that a lesson is accessible when the fleet published it
// without saying so: the pack may claim it, the gate did not.
func (s *station) amend(l *lesson.Lesson) {
	s.judge(l)
	for _, p := range s.trust.Snapshot().Lessons.Lessons {
		if p.Hash == l.Hash && !p.Accessible {
			l.Withhold()
		}
	}
}

// followLessons tells of refused packs again whenever lessons come or go.
func (s *station) followLessons(ctx context.Context) error {
	for {
		changed := s.lessons.Changed()
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			s.tellRefused()
		}
	}
}

// tellRefused logs the packs that are not shown and leaves why for the agent:
// by the hash that names a pack, and "" for those put there by hand, whose
// names are nobody else's business.
func (s *station) tellRefused() {
	told := map[string]string{}
	for _, r := range s.lessons.Refused() {
		s.log.Warn("lesson not shown", "pack", r.Pack, "err", r.Err)
		told[r.Hash()] = r.Why()
	}
	text, err := json.Marshal(told)
	if err == nil {
		err = durable.Replace(filepath.Join(s.p.flags.Run, refusedFile), text, 0o644)
	}
	if err != nil {
		s.log.Warn("refused lessons not told", "err", err)
	}
}
