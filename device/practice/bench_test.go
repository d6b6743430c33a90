package practice_test

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkReset is all eight services as nobody has used them, each with its
// first screen.
func BenchmarkReset(b *testing.B) {
	all := services(b)
	began := time.Now()
	n := 0
	for b.Loop() {
		for _, s := range all {
			if v := s.Begin(true); v.Screen == "" {
				b.Fatal("begins nowhere")
			}
		}
		n++
	}
	fmt.Printf("\npractice_reset %.4g us - -\n", time.Since(began).Seconds()*1e6/float64(n))
}
