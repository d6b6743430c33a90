// Package workshop is the day as the mediator set it, and the door to the
// pages where she sets it.
//
// A [Shop] holds the open [Day] — place, date, service, posture, today's
// lessons — in one file that is replaced whole, so that the day goes on after
// a power cut. Ending the day leaves a [Sheet]: what was counted, to print or
// to take away. A [Door] opens mediator mode by a card or a PIN, checked with
// no network, and shuts it when nobody uses it.
//
// The package never holds a name, never decides on a pass and never counts a
// person twice on purpose: participants are what the mediator says they were.
package workshop

import (
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// maxLessons bounds the day's programme.
const maxLessons = 6

// Day is an open workshop. The zero value is no day.
type Day struct {
	Open      bool          `json:"open"`
	Date      string        `json:"date"`  // civil date at the place, "2026-03-12"; "" when nobody knew
	Began     string        `json:"began"` // civil time, "09:15"; "" when nobody knew
	Place     string        `json:"place"` // id of a desired place
	Service   string        `json:"service"`
	Posture   pass.Posture  `json:"posture"`
	Lessons   []string      `json:"lessons"`
	PaperKept bool          `json:"paper_kept"`
	From      pass.Position `json:"from"` // where the ledger stood
	Tally     Tally         `json:"tally"`
	Counted   Counted       `json:"counted,omitzero"`
}

// Counted is what has been written already of a day that is being ended, so
// that ending it again after a power cut counts nothing twice.
type Counted struct {
	Papers       *pass.Papers `json:"papers,omitempty"` // as they were last written
	Participants int          `json:"participants,omitempty"`
}

// Tally is what the station counted by itself during the day.
type Tally struct {
	Sessions int `json:"sessions"`
	Started  int `json:"lessons_started"`
	Finished int `json:"lessons_finished"`
	Degraded int `json:"degraded"` // passes accepted on an old status list
}

// Lesson is the first of today's lessons, or "".
func (d Day) Lesson() string {
	if !d.Open || len(d.Lessons) == 0 {
		return ""
	}
	return d.Lessons[0]
}

// valid reports whether a day can be opened as it stands.
func (d Day) valid() bool {
	_, service := level.ServiceOf(d.Service)
	postures := []pass.Posture{pass.PostureGuide, pass.PostureWith, pass.PostureInstead}
	return d.Place != "" && service && slices.Contains(postures, d.Posture) && len(d.Lessons) <= maxLessons && d.datable()
}

func (d Day) datable() bool {
	if d.Date == "" {
		return true
	}
	_, err := time.Parse(time.DateOnly, d.Date)
	return err == nil
}
