package panel

import "time"

// step is a moment of a pattern; one that lasts 0 stays.
type step struct {
	light, sound bool
	last         time.Duration
}

// pattern returns how a signal looks and sounds. Each is told from the others
// by rhythm alone, with either sense; nothing flashes faster than 3 times a
// second (WCAG 2.3.1).
func pattern(s Signal) []step {
	const blink = 200 * time.Millisecond
	switch s {
	case Ready:
		return []step{{light: true}}
	case Seen:
		return []step{{sound: true, last: 60 * time.Millisecond}, {}}
	case Answered:
		return []step{
			{light: true, sound: true, last: blink}, {last: blink},
			{light: true, sound: true, last: blink}, {light: true, last: 2 * time.Second},
			{},
		}
	case Attention:
		return slow(5)
	}
	return []step{{}}
}

// slow is a slow blinking that sounds once and then stays lit.
func slow(times int) []step {
	const half = 600 * time.Millisecond
	steps := []step{{light: true, sound: true, last: half}, {last: half}}
	for range times - 1 {
		steps = append(steps, step{light: true, last: half}, step{last: half})
	}
	return append(steps, step{light: true})
}
