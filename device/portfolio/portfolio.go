// Package portfolio is "ma carte": what a person may take away from a station,
// and the short look at what one can do that may be written on it.
//
// The card belongs to the person. It says how at ease they felt and when, what
// they lived at stations, and what they say of themselves; it has no name and
// no number. A station signs it, prints it, reads it back, and keeps nothing:
// what this package holds of a person is a value in memory that the caller
// drops with the session.
//
// It measures nobody. The look at what one can do is made of the person's own
// words, any of them may be left out, and its result is where to begin, never a
// mark. It never prints the code of a level.
package portfolio

import (
	"crypto/ed25519"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// Card is what a person's card says, in the words of fleet/level.
type Card struct {
	Month  pass.Month  // when it was made
	First  level.Level // "" when the person never looked
	Level  level.Level // the latest look
	Traits Traits
	Themes []string // codes of fleet/level, in the order of the format
	Helped bool     // "j'ai aidé quelqu'un"
	Gym    bool     // practised in the gym
	Forms  bool     // practised with the invented services
}

// Traits are what helps or hinders besides what one can do. Each is 0 when it
// was not said, or 1 to 3.
type Traits struct {
	Equipment uint8 // what there is at home: nothing, a telephone, a computer or tablet
	Learning  uint8 // how one learns: shown, with somebody beside, alone by trying
	French    uint8 // reading French: hard, it depends, easy
}

// themes are the bits of a card. The list is a format: it only ever grows.
var themes = []string{
	"materiel", "fichiers", "internet", "messagerie", "bureautique", "reseaux", "securite", "demarches",
	"sante", "emploi", "parents", "culture", "creation", "diagnostic",
}

// The bits of what else a card says.
const (
	markHelped = 1 << iota
	markGym
	markForms
)

// Sign makes the card of a month with a station's key.
func (c Card) Sign(key ed25519.PrivateKey) (pass.SignedOwn, error) {
	own := pass.OwnCard{
		Month: c.Month, First: number(c.First), Level: number(c.Level),
		Traits: [3]uint8{c.Traits.Equipment, c.Traits.Learning, c.Traits.French},
	}
	for i, theme := range themes {
		if slices.Contains(c.Themes, theme) {
			own.Themes |= 1 << i
		}
	}
	for mark, said := range map[uint16]bool{markHelped: c.Helped, markGym: c.Gym, markForms: c.Forms} {
		if said {
			own.Marks |= mark
		}
	}
	return own.Sign(key)
}

// Of tells what a card says. Bits that a later release gave a meaning to are
// left out.
func Of(own pass.OwnCard) Card {
	c := Card{
		Month: own.Month, First: named(own.First), Level: named(own.Level),
		Traits: Traits{own.Traits[0], own.Traits[1], own.Traits[2]},
		Helped: own.Marks&markHelped != 0, Gym: own.Marks&markGym != 0, Forms: own.Marks&markForms != 0,
	}
	for i, theme := range themes {
		if own.Themes&(1<<i) != 0 {
			c.Themes = append(c.Themes, theme)
		}
	}
	return c
}

// Live adds what was lived at this station.
func (c *Card) Live(themes ...string) {
	for _, t := range themes {
		if !slices.Contains(c.Themes, t) {
			c.Themes = append(c.Themes, t)
		}
	}
}

// Look writes the result of a look at what one can do. The first one stays, so
// that the way between can be seen.
func (c *Card) Look(l level.Level) {
	if c.Level = l; c.First == "" {
		c.First = l
	}
}

// Empty reports whether the card says nothing.
func (c Card) Empty() bool {
	return c.Level == "" && c.Traits == Traits{} && len(c.Themes) == 0 && !c.Helped && !c.Gym && !c.Forms
}

func number(l level.Level) uint8 { return uint8(slices.Index(level.Levels(), l) + 1) }

func named(n uint8) level.Level {
	if n == 0 {
		return ""
	}
	return level.Levels()[n-1]
}

// MonthOf returns the month of a civil date, 0 before 2020.
func MonthOf(t time.Time) pass.Month {
	if t.Year() < 2020 {
		return 0
	}
	return pass.Month((t.Year()-2020)*12 + int(t.Month()))
}

// DateOf returns the first day of a month.
func DateOf(m pass.Month) time.Time { return time.Date(2020, time.Month(m), 1, 0, 0, 0, 0, time.UTC) }
