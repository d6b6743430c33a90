package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/sandbox"
	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/hardware/needs"
)

// What a screen, keys and sound need starts with the few rights that are left,
// also on a machine that has none of them.
func TestSeatStartsWithFewRights(t *testing.T) {
	work, share := room(t)
	s := &systems{flags: userlandFlags(filepath.Dir(work))}
	root, err := s.root()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, program := range []string{"usr/sbin/seatd", "usr/lib/systemd/systemd-udevd"} {
		if _, err := os.Stat(filepath.Join(root, program)); err != nil {
			needs.Missing(t, program+" is neither in a userland that was built nor installed")
		}
	}
	plan, err := shape{root: root, work: work, share: share, memory: 2 << 30}.plan(screen.Kiosk)
	if err != nil {
		t.Fatal(err)
	}
	last := len(plan.Services) - 1
	plan.Services[last].Argv = []string{"/bin/sleep", "3000"}
	if testing.Verbose() {
		plan.Output = os.Stderr
	}
	session, err := sandbox.Start(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-session.Up():
	case <-session.Done():
		t.Errorf("session over: %v", session.Err())
	case <-time.After(startWithin):
		t.Error("services not up in a minute")
	}
	if err := session.End(); err != nil {
		t.Error(err)
	}
}
