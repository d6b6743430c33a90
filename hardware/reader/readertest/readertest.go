// Package readertest is the conformance suite of reader.Source: whatever
// passes it can be put in the place of any other.
//
// It needs hands on the device, real or not, given as a [Rig]. It knows
// nothing of how a source works.
package readertest

import (
	"context"
	"os"
	"sync/atomic"
	"testing"

	"github.com/mallette-kit/mallette/hardware/reader"
)

// Rig is a source and what a person does to its device. The things shown are
// numbered; the rig makes something of its own of each number.
type Rig struct {
	Source reader.Source
	// Plug makes the device appear, Unplug takes it away.
	Plug, Unplug func(t *testing.T)
	// Show holds thing n before the device.
	Show func(t *testing.T, n int)
	// Is reports whether a capture is of thing n.
	Is func(c reader.Capture, n int) bool
}

// Run runs the suite on rigs made by mount, each with its device absent.
func Run(t *testing.T, mount func(t *testing.T) Rig) {
	cases := []struct {
		name  string
		story func(t *testing.T, r Rig)
	}{
		{"what is shown is captured in order", order},
		{"a device may come late", late},
		{"a device may be pulled out and put back", pulled},
		{"after the end nothing is captured and nothing is left", quiet},
		{"a source runs again", again},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.story(t, mount(t)) })
	}
}

func order(t *testing.T, r Rig) {
	r.Plug(t)
	s := start(t, r)
	defer s.stop(t)
	for n := range 5 {
		s.expect(t, n)
	}
	if r.Source.Name() == "" {
		t.Error("Name() is empty; want a word")
	}
}

func late(t *testing.T, r Rig) {
	s := start(t, r)
	defer s.stop(t)
	r.Plug(t)
	s.expect(t, 0)
}

func pulled(t *testing.T, r Rig) {
	r.Plug(t)
	s := start(t, r)
	defer s.stop(t)
	for n := range 2 {
		s.expect(t, n)
		r.Unplug(t)
		r.Plug(t)
	}
	s.expect(t, 2)
}

func quiet(t *testing.T, r Rig) {
	r.Plug(t)
	before := descriptors(t)
	s := start(t, r)
	s.expect(t, 0)
	s.stop(t)
	if after := descriptors(t); after != before {
		t.Errorf("descriptors after Run = %d; want %d as before", after, before)
	}
	r.Show(t, 1)
	if n := len(s.seen); n > 0 {
		t.Errorf("captures after Run = %d; want 0", n)
	}
}

func again(t *testing.T, r Rig) {
	r.Plug(t)
	for n := range 2 {
		s := start(t, r)
		s.expect(t, n)
		s.stop(t)
	}
}

// session is one Run.
type session struct {
	rig    Rig
	cancel context.CancelFunc
	done   chan error
	seen   chan reader.Capture
}

func start(t *testing.T, r Rig) *session {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{rig: r, cancel: cancel, done: make(chan error, 1), seen: make(chan reader.Capture)}
	var busy atomic.Int32
	emit := func(c reader.Capture) {
		if busy.Add(1) > 1 {
			t.Error("emit called while emit was busy; want one capture at a time")
		}
		check(t, c)
		select {
		case s.seen <- c:
		case <-ctx.Done():
		}
		busy.Add(-1)
	}
	go func() { s.done <- r.Source.Run(ctx, emit) }()
	return s
}

func check(t *testing.T, c reader.Capture) {
	if (c.Frame == nil) == (c.Text == "") {
		t.Error("capture has both or neither of frame and text; want one")
	}
	if c.Text != "" && !reader.Printable(c.Text) {
		t.Error("capture has an unprintable text")
	}
	if c.Frame != nil && c.Frame.Rect.Dx()*c.Frame.Rect.Dy() > reader.MaxPixels {
		t.Error("capture has an oversized frame")
	}
	if c.At.IsZero() {
		t.Error("capture has no time")
	}
}

// expect shows n until it is captured: what comes before it, such as a frame
// already on its way, is passed over.
func (s *session) expect(t *testing.T, n int) {
	t.Helper()
	s.rig.Show(t, n)
	for {
		select {
		case c := <-s.seen:
			if s.rig.Is(c, n) {
				return
			}
		case err := <-s.done:
			t.Fatalf("Run returned %v before its context was done", err)
		}
	}
}

func (s *session) stop(t *testing.T) {
	t.Helper()
	s.cancel()
	if err := <-s.done; err != nil {
		t.Errorf("Run = %v; want nil", err)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}
