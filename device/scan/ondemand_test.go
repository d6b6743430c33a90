package scan_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/hardware/reader"
)

// hall is a listener whose callers come by a channel, within a bubble of time.
type hall struct {
	callers chan net.Conn
	closed  chan struct{}
}

func newHall() *hall { return &hall{make(chan net.Conn), make(chan struct{})} }

func (h *hall) Accept() (net.Conn, error) {
	select {
	case c := <-h.callers:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *hall) Close() error   { close(h.closed); return nil }
func (h *hall) Addr() net.Addr { return &net.UnixAddr{} }

// call listens until the function returned is called.
func (h *hall) call() (hang func()) {
	ours, theirs := net.Pipe()
	h.callers <- theirs
	go func() {
		buf := make([]byte, 1024)
		for {
			if _, err := ours.Read(buf); err != nil {
				return
			}
		}
	}()
	return func() { ours.Close() }
}

// lamp is a source that is on while it runs.
type lamp struct{ on bool }

func (*lamp) Name() string { return "lamp" }

func (l *lamp) Run(ctx context.Context, _ func(reader.Capture)) error {
	l.on = true
	defer func() { l.on = false }()
	<-ctx.Done()
	return nil
}

func TestOnDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		offer, door, light := new(scan.Offer), newHall(), new(lamp)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- offer.Run(ctx, door) }()
		go func() { done <- scan.OnDemand{Source: light, Offer: offer}.Run(ctx, nil) }()
		var hang func()
		story := []struct {
			name string
			do   func()
			want bool
		}{
			{"nobody listens", func() {}, false},
			{"somebody listens", func() { hang = door.call() }, true},
			{"for an hour", func() { time.Sleep(time.Hour) }, true},
			{"and is gone for a moment", func() { hang(); time.Sleep(4 * time.Second) }, true},
			{"and is back", func() { hang = door.call(); time.Sleep(time.Minute) }, true},
			{"and is gone", func() { hang(); time.Sleep(6 * time.Second) }, false},
			{"another comes", func() { hang = door.call() }, true},
			{"the end", cancel, false},
		}
		for _, s := range story {
			s.do()
			synctest.Wait()
			if light.on != s.want {
				t.Errorf("%s: on = %t; want %t", s.name, light.on, s.want)
			}
		}
		must(t, <-done)
		must(t, <-done)
	})
}
