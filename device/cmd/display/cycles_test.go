package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/screen"
)

// sessionsFor is how many sessions follow each other; `make soak` says more.
var sessionsFor = flag.Int("sessions", 3, "how many sessions to run one after the other")

// held is what this process and this machine hold: what grows leaks.
type held struct{ files, mounts, routines, folders int }

func holding(t *testing.T, run string) held {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	folders, err := os.ReadDir(filepath.Join(run, "sessions"))
	if err != nil {
		t.Fatal(err)
	}
	return held{len(files), len(mountsNow()), runtime.NumGoroutine(), len(folders)}
}

// Sessions follow each other for as long as a station runs: each is clean when
// it begins, and nothing grows.
func TestManySessions(t *testing.T) {
	r := start(t)
	r.painted()
	var took []time.Duration
	var early held
	for n := range *sessionsFor {
		root := fmt.Sprintf("/proc/%d/root", r.first())
		if found := glob(root + "/home/personne/trace*"); len(found) > 0 {
			t.Fatalf("session %d begins with %v; want nothing", n, found)
		}
		for _, place := range []string{"/home/personne/trace", "/tmp/trace", "/usr/bin/trace", "/dev/shm/trace"} {
			if err := os.WriteFile(root+place, []byte(mark), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		r.order(screen.Order{Want: screen.WantKiosk})
		r.painted()
		took = append(took, time.Since(began))
		if n == min(2, *sessionsFor-1) {
			early = holding(t, r.run)
		}
	}
	slices.Sort(took)
	late := holding(t, r.run)
	t.Logf("%d sessions, end to fresh page: p50 %v, p95 %v; held %+v, then %+v", len(took),
		took[len(took)/2].Round(time.Millisecond), took[(len(took)*95-1)/100].Round(time.Millisecond), early, late)
	if late.files > early.files+8 || late.mounts > early.mounts || late.routines > early.routines+16 || late.folders > early.folders {
		t.Errorf("held after the first sessions %+v, after the last %+v; want no growth", early, late)
	}
}
