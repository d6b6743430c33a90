package lesson

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson/word"
)

// Answer is what a person answered: choices by their index, blanks by what was
// typed or the index of the option that was picked.
type Answer struct {
	Picked []int
	Filled []string
}

// Verdict says how an answer went, blank by blank.
type Verdict struct {
	Empty bool   // nothing was answered
	Right bool   // all of it is right
	Good  []bool // the blanks that are right
	N     int    // how many of them
}

// Judge says how an answer went. A question to listen to is always right.
func (q Question) Judge(a Answer) Verdict {
	switch q.Asks {
	case Narration:
		return Verdict{Right: true}
	case Single, Multiple:
		return Verdict{Empty: len(a.Picked) == 0, Right: q.Right(a.Picked)}
	}
	v := Verdict{Empty: true, Good: make([]bool, len(q.Blanks))}
	for i, b := range q.Blanks {
		filled := ""
		if i < len(a.Filled) {
			filled = strings.TrimSpace(a.Filled[i])
		}
		v.Empty = v.Empty && filled == ""
		if v.Good[i] = b.takes(filled); v.Good[i] {
			v.N++
		}
	}
	v.Right = v.N == len(q.Blanks)
	return v
}

// Right says whether exactly the right choices are picked.
func (q Question) Right(picked []int) bool {
	chosen := map[int]bool{}
	for _, i := range picked {
		chosen[i] = true
	}
	for i, c := range q.Choices {
		if c.Right != chosen[i] {
			return false
		}
		delete(chosen, i)
	}
	return len(chosen) == 0
}

// takes says whether what was filled in is right. Capitals, accents and spaces
// are forgiven: a quiz is not a dictation.
func (b Blank) takes(filled string) bool {
	if len(b.Options) > 0 {
		i, err := strconv.Atoi(filled)
		return err == nil && slices.Contains(b.Right, i)
	}
	return filled != "" && even(filled) == even(b.Accept)
}

func even(s string) string { return word.Fold(strings.Join(strings.Fields(s), " ")) }

// Fits says whether something filled in can have come from this blank: any
// words where one types, nothing or the index of an option where one picks.
func (b Blank) Fits(filled string) bool {
	if len(b.Options) == 0 || filled == "" {
		return true
	}
	i, err := strconv.Atoi(filled)
	return err == nil && i >= 0 && i < len(b.Options)
}
