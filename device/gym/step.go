package gym

import (
	"slices"
	"strconv"
	"strings"
)

// gentlest and liveliest bound the pace of a turn.
const (
	gentlest  = 1
	liveliest = 3
)

// Step is where somebody is in an exercise.
type Step struct {
	Turn int // from 1
	Pace int // 1, the gentlest (large, few, slow), to 3
}

// At reads a step from the words of an address; what makes no sense is the
// beginning, as gentle as can be.
func (e *Exercise) At(turn, pace string) Step {
	t, _ := strconv.Atoi(turn)
	p, _ := strconv.Atoi(pace)
	return Step{min(max(t, 1), len(e.Turns)), min(max(p, gentlest), liveliest)}
}

// Next is the step after a turn that took so many misses: a little livelier
// when there was none, gentler after two. It returns false after the last turn.
func (e *Exercise) Next(at Step, missed int) (Step, bool) {
	pace := at.Pace
	switch {
	case missed <= 0:
		pace = min(pace+1, liveliest)
	case missed > 1:
		pace = max(pace-1, gentlest)
	}
	return Step{at.Turn + 1, pace}, at.Turn < len(e.Turns)
}

// Turn returns the turn of a step as its pace shows it: fewer choices, things
// and words at first.
func (e *Exercise) Turn(at Step) Turn {
	t := e.Turns[at.Turn-1]
	t.Choices = few(t.Choices, t.Right, e.shown(at.Pace))
	t.Things = few(t.Things, t.Thing, at.Pace+1)
	t.Places = few(t.Places, t.Place, at.Pace+1)
	if e.Kind == Type && e.Gesture == "" {
		words := strings.Fields(t.Text)
		t.Text = strings.Join(words[:min(at.Pace, len(words))], " ")
	}
	return t
}

// shown is how many choices a pace shows.
func (e *Exercise) shown(pace int) int {
	switch e.Kind {
	case Window: // a window has all its buttons
		return maxChoices
	case Scroll: // a list that fits would need no scrolling
		return 4 + 4*pace
	}
	return pace + 1
}

// few keeps the first n of all and always keep, in their order.
func few(all []string, keep string, n int) []string {
	if len(all) <= n {
		return all
	}
	if slices.Contains(all[:n], keep) {
		return all[:n:n]
	}
	return append(all[:n-1:n-1], keep)
}

// Wait is how many milliseconds a gesture may take, or must last when it is to
// stay on a target: long for two presses, short for staying.
func (e *Exercise) Wait(at Step) int {
	if e.Gesture == Hover {
		return 300 + 300*at.Pace
	}
	return 4000 - 1000*at.Pace
}

// Near is how far from a target, in pixels, a press still counts.
func (e *Exercise) Near(at Step) int {
	if e.Kind != Target {
		return 0
	}
	return 48 - 12*at.Pace
}
