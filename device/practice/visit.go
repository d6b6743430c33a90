package practice

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"time"
)

// What a visit may refuse.
var (
	// ErrAway says that the screen has not been reached yet.
	ErrAway = errors.New("screen not reached")
	// ErrUnknown says that there is no such screen or button.
	ErrUnknown = errors.New("no such screen or button")
)

// CodeLife is how long a code on the fake phone is good.
const CodeLife = 10 * time.Minute

// maxNotes bounds what the fake phone keeps.
const maxNotes = 6

// Visit is one person's way through a service. It is a value: methods of
// [Service] return the next one and leave the old as it was.
type Visit struct {
	Screen   string // where the person is
	Guided   bool   // the helper says what to do next
	Problems map[string]Problem
	Waits    string            // why a button did nothing
	Values   map[string]string // what was entered
	Facts    map[string]bool   // what was achieved
	Notes    []string          // what the phone received, newest last
	Sent     int               // codes sent so far
	SentAt   time.Time         // of the newest
	open     map[string]bool   // screens that may be opened by their address
}

// Begin starts the service anew.
func (s *Service) Begin(guided bool) Visit {
	v := Visit{Guided: guided}.clone()
	return s.enter(v, s.Screens[0].ID)
}

// Finished says whether the service has been lived to its end.
func (s *Service) Finished(v Visit) bool {
	for _, sc := range s.Screens {
		if sc.Last && v.Facts[seenFact(sc.ID)] {
			return true
		}
	}
	return false
}

func seenFact(screen string) string { return "vu " + screen }

func (v Visit) clone() Visit {
	v.Problems, v.Values, v.Facts, v.open = maps.Clone(v.Problems), maps.Clone(v.Values), maps.Clone(v.Facts), maps.Clone(v.open)
	v.Notes = slices.Clone(v.Notes)
	if v.Values == nil {
		v.Values, v.Facts, v.open = map[string]string{}, map[string]bool{}, map[string]bool{}
	}
	return v
}

// Look opens a screen by its address: one that was reached, or that a link of
// such a screen leads to.
func (s *Service) Look(v Visit, id string) (Visit, error) {
	if _, ok := s.Screen(id); !ok {
		return v, ErrUnknown
	}
	if !v.open[id] {
		return v, ErrAway
	}
	if id == v.Screen {
		return v, nil // what the screen says of the last press stays
	}
	return s.enter(v.clone(), id), nil
}

// enter makes a screen the current one and opens what it leads to.
func (s *Service) enter(v Visit, id string) Visit {
	sc, ok := s.Screen(id)
	if !ok {
		return v
	}
	v.Screen, v.Problems, v.Waits = id, nil, ""
	v.Facts[seenFact(id)] = true
	v.establish(sc.Sets)
	v.open[id] = true
	for _, to := range sc.ways() {
		v.open[to] = true
	}
	return v
}

func (v Visit) establish(fact string) {
	if fact != "" {
		v.Facts[fact] = true
	}
}

// Press presses a button of a screen with what was filled in. Fields that are
// not as they should be keep the person on the screen, with
// [Visit.Problems]; that is no error.
func (s *Service) Press(v Visit, id, do string, form url.Values, now time.Time) (Visit, error) {
	sc, ok := s.Screen(id)
	if !ok {
		return v, ErrUnknown
	}
	if !v.Facts[seenFact(id)] {
		return v, ErrAway
	}
	b, ok := sc.button(do)
	if !ok {
		return v, ErrUnknown
	}
	v = v.clone()
	v.Screen, v.Problems, v.Waits = id, nil, ""
	return s.press(v, sc, b, sc.read(form), now), nil
}

func (s *Service) press(v Visit, sc *Screen, b *Button, entered map[string]string, now time.Time) Visit {
	if !b.Loose {
		v.Problems = s.judge(v, sc, entered, now)
		v.keep(sc, entered)
	}
	if len(v.Problems) > 0 {
		return v
	}
	if !v.has(b.Needs) {
		v.Waits = b.Else
		return v
	}
	return s.follow(v, b, now)
}

// follow does what the button says, or the first branch that fits.
func (s *Service) follow(v Visit, b *Button, now time.Time) Visit {
	to, fact := b.Goto, b.Sets
	for _, br := range b.Branch {
		if v.Values[br.Field] == br.Is {
			to, fact = br.Goto, br.Sets
			break
		}
	}
	v.establish(fact)
	if b.Sends != "" {
		v = s.send(v, b.Sends, now)
	}
	return s.enter(v, to)
}

func (v Visit) has(facts []string) bool {
	for _, f := range facts {
		if !v.Facts[f] {
			return false
		}
	}
	return true
}

// keep remembers what was entered, but nothing a person should not leave
// behind anywhere.
func (v Visit) keep(sc *Screen, entered map[string]string) {
	for _, f := range sc.Fields {
		if f.Forget {
			continue
		}
		v.Values[f.Name] = entered[f.Name]
	}
}

// Told is a goal as the end tells it.
type Told struct {
	Fact    string
	Reached bool
}

// Told lists what was achieved, and what may still be tried.
func (s *Service) Told(v Visit) []Told {
	var told []Told
	for _, g := range s.Goals {
		if v.Facts[g.Fact] || !g.Bonus {
			told = append(told, Told{g.Fact, v.Facts[g.Fact]})
		}
	}
	return told
}
