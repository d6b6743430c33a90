package main

import (
	"fmt"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/practice"
	"github.com/mallette-kit/mallette/device/session"
)

// openPractice reads the fictitious services of the station.
func (s *station) openPractice() error {
	services, err := practice.Open(practice.Files())
	if err != nil {
		return fmt.Errorf("open practice: %w", err)
	}
	s.practice = &kiosk.Practice{Services: services}
	return nil
}

// sessionEnded drops what the person entered and showed, then counts.
func (s *station) sessionEnded(how session.Outcome) {
	s.practice.Forget()
	s.own.Forget()
	s.aloud.Forget()
	s.counts.sessionEnded(how)
	s.screens.ended()
}
