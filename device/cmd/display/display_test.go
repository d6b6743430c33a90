package main

import (
	"testing"
	"time"
)

func TestPatience(t *testing.T) {
	for slowest, want := range map[time.Duration]time.Duration{
		0:                      drawnWithin, // the first
		800 * time.Millisecond: againWithin,
		20 * time.Second:       100 * time.Second,
		3 * time.Minute:        drawnWithin,
	} {
		if got := (&display{slowest: slowest}).patience(); got != want {
			t.Errorf("patience after %v = %v; want %v", slowest, got, want)
		}
	}
}
