package scan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/scan"
)

func TestFold(t *testing.T) {
	cases := []struct {
		name   string
		frames string // one a 100 ms; lower case: QR codes, upper case: bars
		want   string // the codes shown anew, in their frames
	}{
		{"a code held", "a a a a", "a . . ."},
		{"two codes in a frame", "ab ab b", "ab . ."},
		{"a code lost for a moment", "a - - a", "a . . ."},
		{"one after another", "a b a", "a b ."},
		{"shown again later", "a" + strings.Repeat(" -", 20) + " a", "a" + strings.Repeat(" .", 20) + " a"},
		{"held for long", strings.Repeat("a ", 50) + "a", "a" + strings.Repeat(" .", 50)},
		{"bars count when seen twice", "A A A", ". A ."},
		{"bars seen once", "A - A - B", ". . . . ."},
		{"the bars of a pass just read", "a A A A", "a . . ."},
		{"bars held for long", strings.Repeat("A ", 40) + "A", ". A" + strings.Repeat(" .", 39)},
		{"other bars after bars", "A A B B", ". A . B"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := play(new(scan.Fold), c.frames); got != c.want {
				t.Errorf("Fold(%s) = %s; want %s", c.frames, got, c.want)
			}
		})
	}
}

func play(f *scan.Fold, frames string) string {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	var out []string
	for _, frame := range strings.Fields(frames) {
		var codes []scan.Symbol
		for _, c := range strings.Trim(frame, "-") {
			codes = append(codes, scan.Symbol{Text: string(c), Linear: c < 'a'})
		}
		fresh := strings.Join(f.Fresh(now, codes), "")
		if fresh == "" {
			fresh = "."
		}
		out = append(out, fresh)
		now = now.Add(100 * time.Millisecond)
	}
	return strings.Join(out, " ")
}

func TestFoldIsBounded(t *testing.T) {
	f, now, fresh := new(scan.Fold), time.Now(), 0
	for n := range 10_000 { // a screen that shows a code every millisecond
		fresh += len(f.Fresh(now, []scan.Symbol{{Text: fmt.Sprint(n)}}))
		now = now.Add(time.Millisecond)
	}
	if fresh > 10*64 {
		t.Errorf("readings in 10 s = %d; want at most 64 each 2 s", fresh)
	}
}

func TestFoldSurvivesAClockSetBack(t *testing.T) {
	f, now := new(scan.Fold), time.Now()
	code := []scan.Symbol{{Text: "a"}}
	f.Fresh(now, code)
	if got := f.Fresh(now.Add(-time.Hour), code); len(got) != 1 {
		t.Errorf("Fresh an hour before = %d codes; want 1: not silent for an hour", len(got))
	}
}
