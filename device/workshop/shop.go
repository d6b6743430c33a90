package workshop

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
)

// Errors that a caller branches on.
var (
	// ErrDay says that a day lacks its place, service or posture, or has an
	// unknown one.
	ErrDay = errors.New("day is not complete")
	// ErrNoDay says that no day is open.
	ErrNoDay = errors.New("no day is open")
)

// state is what the file holds.
type state struct {
	Day  Day    `json:"day"`
	Last *Sheet `json:"last,omitempty"` // of the day that ended last
}

// Shop keeps the day. It is safe for concurrent use.
type Shop struct {
	path string

	mu      sync.Mutex
	state   state
	changed chan struct{}
}

// Load reads the day from a file, which need not exist. A file that cannot be
// read as a day counts as none, and damaged is true: the mediator opens the
// day again, and the ledger has lost nothing.
func Load(path string) (shop *Shop, damaged bool, err error) {
	s := &Shop{path: path, changed: make(chan struct{})}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read day: %w", err)
	}
	if json.Unmarshal(text, &s.state) != nil || (s.state.Day.Open && !s.state.Day.valid()) {
		s.state = state{}
		return s, true, nil
	}
	return s, false, nil
}

// Day returns the day, open or not.
func (s *Shop) Day() Day {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Day
}

// Last returns the sheet of the day that ended last.
func (s *Shop) Last() (Sheet, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Last == nil {
		return Sheet{}, false
	}
	return *s.state.Last, true
}

// Changed returns a channel that is closed at the next change.
func (s *Shop) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Open opens a day; nothing of it is counted yet. It fails with [ErrDay].
func (s *Shop) Open(d Day) error {
	d.Open, d.Tally, d.Counted = true, Tally{}, Counted{}
	if !d.valid() {
		return ErrDay
	}
	return s.put(func(st *state) error {
		st.Day = d
		return nil
	})
}

// Amend changes the open day. It fails with [ErrNoDay], or [ErrDay] when the
// change makes it incomplete, and then changes nothing.
func (s *Shop) Amend(change func(*Day)) error {
	return s.put(func(st *state) error {
		if !st.Day.Open {
			return ErrNoDay
		}
		change(&st.Day)
		if !st.Day.valid() {
			return ErrDay
		}
		return nil
	})
}

// Tally adds to what the station counted; without an open day it does nothing.
func (s *Shop) Tally(add func(*Tally)) error {
	err := s.Amend(func(d *Day) { add(&d.Tally) })
	if errors.Is(err, ErrNoDay) {
		return nil
	}
	return err
}

// Count marks what has been written of the day that is being ended. It fails
// with [ErrNoDay].
func (s *Shop) Count(mark func(*Counted)) error {
	return s.Amend(func(d *Day) { mark(&d.Counted) })
}

// Close ends the day and keeps its sheet until the next one ends.
func (s *Shop) Close(sheet Sheet) error {
	return s.put(func(st *state) error {
		if !st.Day.Open {
			return ErrNoDay
		}
		st.Day, st.Last = Day{}, &sheet
		return nil
	})
}

// put changes the state in memory once it is on the disk.
func (s *Shop) put(change func(*state) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.state
	if err := change(&next); err != nil {
		return err
	}
	if err := replace(s.path, next); err != nil {
		return fmt.Errorf("keep day: %w", err)
	}
	s.state = next
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}
