package main

import "strconv"

// budget is what a figure is held to. The zero budget holds it to nothing: the
// figure is there to be watched.
type budget struct {
	sign   string // "≤" or "≥"
	limit  float64
	beside bool // the limit is a multiple of the other system's figure
}

func atMost(limit float64) budget        { return budget{sign: "≤", limit: limit} }
func atMostBeside(times float64) budget  { return budget{"≤", times, true} }
func atLeastBeside(times float64) budget { return budget{"≥", times, true} }
func (b budget) holds(value float64) bool {
	return (b.sign == "≤") == (value <= b.limit) || value == b.limit
}

// verdict says whether the figure is within its budget, and what that is.
func (b budget) verdict(f figure) string {
	if b.sign == "" {
		return "-"
	}
	value, measured := f.value, true
	text := b.sign + " " + strconv.FormatFloat(b.limit, 'g', -1, 64)
	if b.beside {
		value, measured = f.ratio()
		text += " × beside"
	}
	switch {
	case !measured:
		return "nothing beside, budget " + text
	case b.holds(value):
		return "within " + text
	}
	return "OVER " + text
}
