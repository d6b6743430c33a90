package report_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/fleet/report"
)

func TestSuppress(t *testing.T) {
	tests := []struct {
		name   string
		values []uint64
		hidden []bool
		total  bool
	}{
		{"nothing", nil, []bool{}, true},
		{"all large", []uint64{5, 6, 7}, []bool{false, false, false}, false},
		{"one small takes the first other", []uint64{3, 9, 20}, []bool{true, true, false}, false},
		{"zero counts as small", []uint64{20, 9, 0}, []bool{true, false, true}, false},
		{"a companion that is not enough takes another", []uint64{5, 20, 30, 0}, []bool{true, true, false, true}, false},
		{"two small take a companion too", []uint64{3, 4, 20, 9}, []bool{true, true, true, false}, false},
		{"two small and nothing else", []uint64{3, 4}, []bool{true, true}, false},
		{"small total", []uint64{1, 2}, []bool{true, true}, true},
		{"one row, large", []uint64{12}, []bool{false}, false},
		{"one row, small", []uint64{4}, []bool{true}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hidden, total := report.Suppress(tt.values, 5)
			if !slices.Equal(hidden, tt.hidden) || total != tt.total {
				t.Errorf("Suppress(%v) = %v, %v; want %v, %v", tt.values, hidden, total, tt.hidden, tt.total)
			}
		})
	}
}

// No small number can be found by subtracting what is shown from the total.
func TestSuppressAllowsNoSubtraction(t *testing.T) {
	const k = 5
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		values := make([]uint64, r.IntN(8))
		for i := range values {
			values[i] = uint64(r.IntN(4 * k))
		}
		hidden, total := report.Suppress(values, k)
		var sum, rest uint64
		n := 0
		for i, v := range values {
			sum += v
			if hidden[i] {
				rest += v
				n++
			} else if v < k {
				t.Fatalf("Suppress(%v) = %v shows %d", values, hidden, v)
			}
		}
		if total != (sum < k) || total && n != len(values) {
			t.Fatalf("Suppress(%v) = %v, %v; want a small total hidden with everything", values, hidden, total)
		}
		if !total && n > 0 && (n == 1 || rest < k || n < len(values) && rest < k*2-1) {
			t.Fatalf("Suppress(%v) = %v: the total minus what is shown tells %d in %d rows", values, hidden, rest, n)
		}
	}
}

// A reader who knows the rule and tries every table that would look the same
// still cannot tell how small a small figure is: with one small figure and one
// companion any value below k is possible, and nothing is ever certain.
func TestSuppressKeepsTheSecretFromWhoKnowsTheRule(t *testing.T) {
	const k, rows, most = 3, 4, 17
	looks := map[string][][]uint64{}
	each(rows, most, func(values []uint64) {
		looks[look(values, k)] = append(looks[look(values, k)], slices.Clone(values))
	})
	for seen, tables := range looks {
		hidden, total := report.Suppress(tables[0], k)
		for i := range hidden {
			possible := map[uint64]bool{}
			for _, values := range tables {
				possible[values[i]] = true
			}
			if hidden[i] && !total && len(possible) < 2 {
				t.Fatalf("table %s: figure %d can only be %v", seen, i, possible)
			}
		}
	}
}

// look is what a reader sees of a table: shown figures and the total.
func look(values []uint64, k uint64) string {
	hidden, total := report.Suppress(values, k)
	var sum uint64
	text := ""
	for i, v := range values {
		sum += v
		if hidden[i] {
			text += " n.c."
		} else {
			text += fmt.Sprint(" ", v)
		}
	}
	if total {
		return text + " = n.c."
	}
	return text + fmt.Sprint(" = ", sum)
}

// each calls do with every table of n rows that adds up to less than most.
func each(n int, most uint64, do func([]uint64)) {
	values := make([]uint64, n)
	var fill func(int, uint64)
	fill = func(i int, left uint64) {
		if i == n {
			do(values)
			return
		}
		for v := range left {
			values[i] = v
			fill(i+1, left-v)
		}
	}
	fill(0, most)
}
