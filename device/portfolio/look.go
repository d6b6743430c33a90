package portfolio

import "github.com/mallette-kit/mallette/fleet/level"

// Ease is how at ease a person says they are with a gesture.
type Ease uint8

// The answers; Unsaid is a gesture that was left out.
const (
	Unsaid  Ease = iota
	NotYet       // "pas encore"
	WithYou      // "avec quelqu'un"
	Alone        // "tout seul"
	Shows        // "je le montre à d'autres"
)

// Gestures are what the look asks about, the simplest first, by the names under
// which pages know their words.
func Gestures() []string {
	return []string{"mouse", "keyboard", "search", "files", "mail", "forms", "caution", "stuck"}
}

// enough is how many answers say something.
const enough = 3

// Level works out where to begin from how at ease a person says they are, by
// the mean of the answers; "" when fewer than three were given. Somebody who
// does everything alone is at ease, somebody who shows others is autonomous.
//
// The bounds are our own and have not been tried with people: they only choose
// which lessons are offered first.
func Level(answers []Ease) level.Level {
	sum, said := 0, 0
	for _, a := range answers {
		if a != Unsaid {
			sum, said = sum+int(a), said+1
		}
	}
	switch {
	case said < enough:
		return ""
	case sum*4 < said*6: // below 1.5: mostly not yet
		return level.Distant
	case sum*4 < said*9:
		return level.Beginner
	case sum*4 < said*11:
		return level.Intermediate
	case sum*4 < said*14:
		return level.Advanced
	}
	return level.Autonomous
}

// Wanting returns the gestures that a person would rather have help with, the
// simplest first: those not yet done, then those done with somebody.
func Wanting(answers []Ease) (gestures []string) {
	for _, ease := range []Ease{NotYet, WithYou} {
		for i, g := range Gestures() {
			if i < len(answers) && answers[i] == ease {
				gestures = append(gestures, g)
			}
		}
	}
	return gestures
}

// ThemesOf returns the themes of fleet/level whose lessons teach a gesture.
func ThemesOf(gesture string) []string {
	return map[string][]string{
		"mouse": {"materiel"}, "keyboard": {"materiel"}, "search": {"internet"}, "files": {"fichiers"},
		"mail": {"messagerie"}, "forms": {"demarches"}, "caution": {"securite"}, "stuck": {"materiel", "internet"},
	}[gesture]
}
