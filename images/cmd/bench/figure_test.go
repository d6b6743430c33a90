package main

import (
	"slices"
	"strings"
	"testing"
)

func TestFiguresAsPrinted(t *testing.T) {
	cases := []struct {
		name string
		line string // as a benchmark prints it
		held budget
		want string // the columns, "" when the line is no figure
	}{
		{"within a share of the other", "cpu 89 us/message 108.3 0.82", atMostBeside(1.1), "cpu 89.0 us/message 108 0.82 within ≤ 1.1 × beside"},
		{"over a share of the other", "cpu 120 us 100 1.2", atMostBeside(1.1), "cpu 120 us 100 1.20 OVER ≤ 1.1 × beside"},
		{"at least a share", "read 288 frames 187 1.54", atLeastBeside(1.5), "read 288 frames 187 1.54 within ≥ 1.5 × beside"},
		{"too small a share", "read 200 frames 187 1.07", atLeastBeside(1.5), "read 200 frames 187 1.07 OVER ≥ 1.5 × beside"},
		{"exactly at the limit", "lost 0 messages 28980 0.00", atMost(0), "lost 0 messages 28980 0.00 within ≤ 0"},
		{"over an absolute limit", "memory 64.4 KiB 20 3.2", atMost(58), "memory 64.4 KiB 20.0 3.22 OVER ≤ 58"},
		{"nothing beside", "empty 316.4 ms - -", budget{}, "empty 316 ms - - -"},
		{"a share of nothing", "empty 316.4 ms - -", atMostBeside(1), "empty 316 ms - - nothing beside, budget ≤ 1 × beside"},
		{"zero beside", "misread 0 frames 0 -", atMost(0), "misread 0 frames 0 - within ≤ 0"},
		{"a benchmark's own line", "BenchmarkHarsh 	       1	31279984278 ns/op", budget{}, ""},
		{"the machine's", "cpu: Intel(R) Xeon(R) Processor @", budget{}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, ok := parseFigure(c.line)
			got := ""
			if ok {
				got = f.line(c.held)
			}
			if squeeze(got) != c.want {
				t.Errorf("parseFigure(%q) is printed %q; want %q", c.line, squeeze(got), c.want)
			}
		})
	}
}

func TestMedians(t *testing.T) {
	runs := []figure{compared("b", 5, "ms", 50), plain("a", 1, "ms"), compared("b", 1, "ms", 10), compared("b", 3, "ms", 20)}
	got := medians(runs)
	names := []string{got[0].name, got[1].name}
	if !slices.Equal(names, []string{"b", "a"}) || got[0].value != 3 || *got[0].beside != 20 || got[1].beside != nil {
		t.Errorf("medians = %v; want b 3 beside 20, then a", got)
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	cases := []struct {
		values []float64
		p      int
		want   float64
	}{{hundred, 50, 50}, {hundred, 95, 95}, {hundred, 100, 100}, {[]float64{7}, 50, 7}, {[]float64{1, 2, 3}, 50, 2}}
	for _, c := range cases {
		if got := percentile(c.values, c.p); got != c.want {
			t.Errorf("percentile(%d values, %d) = %v; want %v", len(c.values), c.p, got, c.want)
		}
	}
}

// TestEverySectionIsComplete holds the table to names that are told apart.
func TestEverySectionIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sections() {
		if len(s.want) == 0 || s.run == nil {
			t.Errorf("section %q measures nothing", s.title)
		}
		for _, w := range s.want {
			if seen[w.name] {
				t.Errorf("%s is expected twice", w.name)
			}
			seen[w.name] = true
		}
	}
}

func squeeze(line string) string { return strings.Join(strings.Fields(line), " ") }
