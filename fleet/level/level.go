// Package level is the vocabulary of digital mediation: the five levels of
// digital autonomy, the services a pass pays for, themes, audiences, and
// how our words translate into those of the registers that people report to
// (La Coop, the map of places, data·inclusion, Pix).
//
// All of it is data: JSON files with a version and a date, embedded. Codes are
// what programs store and compare; labels are what people read, in French. The
// level "eloigne" has a kind label and its code is never shown to anybody.
//
// The package judges nobody: it holds no test and no score. It is a leaf
// (standard library only) and everything it returns is the caller's to change.
package level

import "slices"

// Level is a degree of digital autonomy.
type Level string

// The five levels, lowest first.
const (
	Distant      Level = "eloigne"
	Beginner     Level = "debutant"
	Intermediate Level = "intermediaire"
	Advanced     Level = "avance"
	Autonomous   Level = "autonome"
)

// Levels returns the five levels, lowest first.
func Levels() []Level {
	return []Level{Distant, Beginner, Intermediate, Advanced, Autonomous}
}

// Valid reports whether l is one of the five.
func (l Level) Valid() bool { return slices.Contains(Levels(), l) }

// Label returns what people read, or "" for an unknown level.
func (l Level) Label() string { return l.entry().Label }

// About returns a sentence for the mediator, or "".
func (l Level) About() string { return l.entry().About }

// Coop returns the level in La Coop's words: the level of a workshop and the
// autonomy of a person.
func (l Level) Coop() (workshop, autonomy string) {
	e := l.entry()
	return e.Workshop, e.Autonomy
}

func (l Level) entry() levelEntry {
	for _, e := range terms().Levels {
		if e.Code == l {
			return e
		}
	}
	return levelEntry{}
}
