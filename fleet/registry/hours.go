package registry

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// days are the days of the week as people write them, from Sunday.
func days() []string { return []string{"dim", "lun", "mar", "mer", "jeu", "ven", "sam"} }

// ParseHours reads when a place is open, as somebody types it: days, then spans,
// with a semicolon between groups and none of them for every day.
//
//	lun-ven 9h-12h30, 14h-18h; sam 9h-12h
//	mar jeu 10:00-19:00
//	8h-20h
//
// Nothing typed is no hours. Errors wrap [ErrInvalid].
func ParseHours(text string) ([]wire.Window, error) {
	var list []wire.Window
	for group := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return r == ';' || r == '\n' }) {
		words := strings.FieldsFunc(group, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\r' })
		spans, err := openGroup(words)
		if err != nil {
			return nil, err
		}
		list = append(list, spans...)
	}
	if len(list) > wire.MaxWindows {
		return nil, invalid("hours")
	}
	return list, nil
}

// openGroup reads days and the spans that follow them.
func openGroup(words []string) (list []wire.Window, err error) {
	n := slices.IndexFunc(words, func(w string) bool { return w[0] >= '0' && w[0] <= '9' })
	if n < 0 && len(words) == 0 {
		return nil, nil
	}
	if n < 0 {
		return nil, invalid("hours")
	}
	on, err := openDays(words[:n])
	if err != nil {
		return nil, err
	}
	for _, word := range words[n:] {
		from, to, ok := strings.Cut(word, "-")
		w := wire.Window{Days: on, From: hour(from), To: hour(to)}
		if !ok || w.Check() != nil {
			return nil, invalid("hours")
		}
		list = append(list, w)
	}
	return list, nil
}

// openDays reads "lun-ven" and "mar", in any number.
func openDays(words []string) (on []int, err error) {
	for _, word := range words {
		from, to, ranged := strings.Cut(word, "-")
		a, b := slices.Index(days(), from), slices.Index(days(), to)
		if !ranged {
			b = a
		}
		if a < 0 || b < 0 {
			return nil, invalid("hours")
		}
		for d := a; ; d = (d + 1) % 7 {
			if !slices.Contains(on, d) {
				on = append(on, d)
			}
			if d == b {
				break
			}
		}
	}
	return on, nil
}

// hour is "9h", "9h30" or "9:30" as a window has it; what is no hour stays what
// it is, for the window's check to refuse.
func hour(text string) string {
	h, m, _ := strings.Cut(strings.Replace(text, "h", ":", 1), ":")
	if m == "" {
		m = "00"
	}
	hours, err1 := strconv.Atoi(h)
	minutes, err2 := strconv.Atoi(m)
	if err1 != nil || err2 != nil || len(h) > 2 || len(m) != 2 {
		return text
	}
	return fmt.Sprintf("%02d:%02d", hours, minutes)
}
