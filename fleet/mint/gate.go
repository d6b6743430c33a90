package mint

import (
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// wakeup collects the tenants whose documents may have changed. The zero value
// is ready.
type wakeup struct {
	mu      sync.Mutex
	tenants map[wire.Tenant]bool
	bell    chan struct{}
}

// ring returns the channel that is readable after add.
func (w *wakeup) ring() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.channel()
}

func (w *wakeup) channel() chan struct{} {
	if w.bell == nil {
		w.bell = make(chan struct{}, 1)
	}
	return w.bell
}

func (w *wakeup) add(t wire.Tenant) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tenants == nil {
		w.tenants = map[wire.Tenant]bool{}
	}
	w.tenants[t] = true
	select {
	case w.channel() <- struct{}{}:
	default: // it rings already
	}
}

func (w *wakeup) take() []wire.Tenant {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []wire.Tenant
	for t := range w.tenants {
		list = append(list, t)
	}
	clear(w.tenants)
	return list
}

// gate lets one publication through and then stays shut for a while. It
// belongs to one goroutine.
type gate struct {
	spacing time.Duration
	timer   *time.Timer // nil while open
	asked   bool
}

func newGate(spacing time.Duration) *gate { return &gate{spacing: spacing} }

func (g *gate) ask() { g.asked = true }

// open returns a channel that is readable when the gate opens; nil, which
// never is, while it stands open.
func (g *gate) open() <-chan time.Time {
	if g.timer == nil {
		return nil
	}
	return g.timer.C
}

func (g *gate) opened() { g.timer = nil }

// pass reports whether somebody asked and may pass now; it shuts the gate.
func (g *gate) pass() bool {
	if !g.asked || g.timer != nil {
		return false
	}
	g.asked, g.timer = false, time.NewTimer(g.spacing)
	return true
}

func (g *gate) stop() {
	if g.timer != nil {
		g.timer.Stop()
	}
}
