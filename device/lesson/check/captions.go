package check

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Cue is one caption: when it is shown and what it says.
type Cue struct {
	From, To time.Duration
	Text     string
	Line     int // of its times, from 1
}

// Lasts is how long the caption stays.
func (c Cue) Lasts() time.Duration { return c.To - c.From }

var timing = regexp.MustCompile(`^(?:(\d{2,3}):)?([0-5]\d):([0-5]\d)\.(\d{3}) --> (?:(\d{2,3}):)?([0-5]\d):([0-5]\d)\.(\d{3})(?:\s.*)?$`)

// ParseCaptions reads a WebVTT file. broken is the line where it stops being
// one, 0 when it is whole: a header, then cues in the order they are shown,
// each with a text.
func ParseCaptions(raw []byte) (cues []Cue, broken int) {
	all := strings.TrimPrefix(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\ufeff")
	lines := strings.Split(all, "\n")
	if head := strings.Fields(lines[0]); len(head) == 0 || head[0] != "WEBVTT" {
		return nil, 1
	}
	for i := 1; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == "" {
			continue
		}
		block, from := lines[i:], i
		if end := blank(block); end >= 0 {
			block = block[:end]
		}
		i += len(block)
		cue, ok := parseCue(block, from+1)
		switch {
		case isNote(block[0]):
			continue
		case !ok || (len(cues) > 0 && cue.From < cues[len(cues)-1].From):
			return cues, from + 1
		}
		cues = append(cues, cue)
	}
	return cues, 0
}

func blank(lines []string) int {
	for i, l := range lines {
		if strings.TrimSpace(l) == "" {
			return i
		}
	}
	return -1
}

func isNote(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	return word == "NOTE" || word == "STYLE" || word == "REGION"
}

// parseCue reads a block: a name if it has one, the times, the text.
func parseCue(block []string, line int) (Cue, bool) {
	if len(block) > 1 && !strings.Contains(block[0], "-->") {
		block, line = block[1:], line+1
	}
	m := timing.FindStringSubmatch(strings.TrimSpace(block[0]))
	if m == nil || len(block) < 2 {
		return Cue{}, false
	}
	c := Cue{From: clock(m[1:5]), To: clock(m[5:9]), Text: strings.Join(block[1:], " "), Line: line}
	return c, c.To > c.From
}

// clock adds hours, minutes, seconds and thousandths, which are digits.
func clock(parts []string) time.Duration {
	var sum time.Duration
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second, time.Millisecond} {
		n, _ := strconv.Atoi(parts[i])
		sum += time.Duration(n) * unit
	}
	return sum
}
