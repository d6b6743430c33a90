package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/sandbox/userland"
	"github.com/mallette-kit/mallette/device/screen"
)

// benchSessions is how many ends of a session are timed.
const benchSessions = 20

// BenchmarkSession prints what a session costs: from its end to the page of
// the next, from nothing to the first page, its memory, and its system's size.
func BenchmarkSession(b *testing.B) {
	for range b.N {
		began := time.Now()
		r := start(b)
		r.painted()
		figure("session_first_page", ms(time.Since(began)), "ms")
		figure("session_memory", float64(pss(b, r.first()))/1024, "MiB")
		var took []time.Duration
		for range benchSessions {
			began := time.Now()
			r.order(screen.Order{Want: screen.WantKiosk})
			r.painted()
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		figure("session_end_fresh_page_p50", ms(took[len(took)/2]), "ms")
		figure("session_end_fresh_page_p95", ms(took[(len(took)*95-1)/100]), "ms")
	}
	if d, err := userland.Folder("../../../build/userland").Describe(userland.Kiosk); err == nil {
		figure("userland_size", float64(d.Size)/1e6, "MB")
	}
}

func figure(name string, value float64, unit string) { fmt.Printf("%s %g %s - -\n", name, value, unit) }

func ms(d time.Duration) float64 { return float64(d.Milliseconds()) }

// pss is the memory of a session in KiB, what processes share counted once.
func pss(b *testing.B, first int) (sum int) {
	b.Helper()
	for _, pid := range below(b, first, "") {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue // gone meanwhile
		}
		for line := range strings.Lines(string(text)) {
			var n int
			if _, err := fmt.Sscanf(line, "Pss: %d kB", &n); err == nil {
				sum += n
			}
		}
	}
	return sum
}
