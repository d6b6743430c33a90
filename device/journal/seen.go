package journal

import (
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// ring is how many lines a supervisor repeats to whoever comes anew, and some.
const ring = 128

// seen knows the last lines of a program, so that those that are told again are
// kept once. One goroutine uses it at a time.
type seen struct {
	last    []wire.JournalLine
	replays bool // what comes may have come before
}

// known reads what was kept of a program since the machine started: this program
// may have started before.
func (k *Keeper) known(program string) *seen {
	s := &seen{replays: true}
	files, err := list(k.Dir)
	if err != nil {
		return s
	}
	for _, f := range files[max(0, len(files)-4):] {
		path := filepath.Join(k.Dir, f.name())
		if start, ok := startOf(path); ok && start.Boot == k.Start.Boot {
			s.learn(path, program)
		}
	}
	return s
}

func (s *seen) learn(path, program string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	_ = wire.ReadJournal(f, func(l wire.JournalLine) bool { // what cannot be read is kept twice
		if l.Program == program {
			s.add(l)
		}
		return true
	})
}

func (s *seen) add(l wire.JournalLine) {
	if s.last = append(s.last, l); len(s.last) > ring {
		s.last = s.last[len(s.last)-ring:]
	}
}

// again says that lines come anew from the oldest that is remembered.
func (s *seen) again() { s.replays = true }

// pass gives on what was not given before.
func (s *seen) pass(give func(wire.JournalLine)) func(wire.JournalLine) {
	return func(l wire.JournalLine) {
		if s.replays && s.has(l) {
			return
		}
		s.replays = false
		s.add(l)
		give(l)
	}
}

func (s *seen) has(l wire.JournalLine) bool {
	if l.Program == Kernel { // tells all that it has, in order
		return len(s.last) > 0 && l.Up <= s.last[len(s.last)-1].Up
	}
	for _, old := range s.last {
		if old.At.Equal(l.At) && old.Up == l.Up && old.Message == l.Message && old.Detail == l.Detail && old.Level == l.Level {
			return true
		}
	}
	return false
}
