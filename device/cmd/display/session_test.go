package main

import (
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/screen"
)

func TestFreshKioskAfterEachEnd(t *testing.T) {
	r := start(t)
	first := r.painted()
	began := time.Now()
	r.order(screen.Order{Want: screen.WantKiosk})
	second := r.painted()
	t.Logf("end of session to fresh page: %v", time.Since(began).Round(time.Millisecond))
	if second != first+1 {
		t.Errorf("session %d after %d; want the next", second, first)
	}
}
