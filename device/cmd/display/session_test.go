package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
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

// A browser or compositor that crashes is replaced, in either world, and the
// next person begins in the kiosk.
func TestCrashBringsAFreshKiosk(t *testing.T) {
	for _, c := range []struct {
		name, program string
		world         screen.Want
	}{
		{"the browser", "/usr/lib/chromium/chromium", screen.WantKiosk}, {"the compositor", "/usr/bin/cage", screen.WantKiosk}, {"the browser on the web", "/usr/lib/chromium/chromium", screen.WantHelp},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t)
			n := r.painted()
			if c.world == screen.WantHelp {
				r.order(screen.Order{Want: screen.WantHelp})
				n = r.painted()
			}
			if err := syscall.Kill(r.program(c.program), syscall.SIGSEGV); err != nil {
				t.Fatal(err)
			}
			if next := r.painted(); next != n+1 {
				t.Errorf("session %d after %d; want the next", next, n)
			}
			r.kiosk(n + 1)
		})
	}
}

// program is the process of the session that runs it: not one that starts it, nor
// one of its parts.
func (r *rig) program(path string) int {
	r.t.Helper()
	for _, pid := range below(r.t, r.first(), path) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && strings.HasPrefix(string(text), path) && !strings.Contains(string(text), "--type=") {
			return pid
		}
	}
	r.t.Fatalf("no %s in the session", path)
	return 0
}

// kiosk wants the session to be of the kiosk.
func (r *rig) kiosk(session int) {
	r.t.Helper()
	for {
		select {
		case report := <-r.reports:
			if report.Session != session {
				continue
			}
			if report.World != screen.Kiosk {
				r.t.Errorf("session %d is of the world %q; want the kiosk", session, report.World)
			}
			return
		case <-time.After(startWithin):
			r.t.Fatalf("nothing was heard of session %d", session)
		}
	}
}
