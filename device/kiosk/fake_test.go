package kiosk_test

import (
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// fakeSession behaves as a session does, with no clock: a test says when the
// idle warning is due.
type fakeSession struct {
	mu      sync.Mutex
	active  bool
	left    time.Duration
	idle    time.Duration
	changed chan struct{}
}

func newSession() *fakeSession { return &fakeSession{changed: make(chan struct{})} }

func (f *fakeSession) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fakeSession) Begin() error { f.set(func() { f.active = true }); return nil }
func (f *fakeSession) End() error   { f.set(func() { f.active, f.left = false, 0 }); return nil }
func (f *fakeSession) Extend()      { f.set(func() { f.left = 0 }) }
func (f *fakeSession) Touch()       {}

func (f *fakeSession) warn(left time.Duration) { f.set(func() { f.left = left }) }

func (f *fakeSession) Active() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.active
}

func (f *fakeSession) Idle() time.Duration { return f.idle }

func (f *fakeSession) Warning() (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.left, f.left > 0
}

func (f *fakeSession) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// counted is one call of a counter.
type counted struct {
	name                  wire.CounterName
	lesson, item, outcome string
}

type fakeCounter struct{ got []counted }

func (f *fakeCounter) Count(name wire.CounterName, lessonID, item, outcome string) {
	f.got = append(f.got, counted{name, lessonID, item, outcome})
}

type shelf []*lesson.Lesson

func (s shelf) Lessons() []*lesson.Lesson { return s }

func (s shelf) Lesson(id string) (*lesson.Lesson, bool) {
	for _, l := range s {
		if l.ID == id {
			return l, true
		}
	}
	return nil, false
}
