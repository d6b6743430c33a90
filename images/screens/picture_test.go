package screens_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/mallette-kit/mallette/device/screen"
)

// picture is a display without a browser of its own: it opens the worlds that
// launcher asks for, and the test's browser looks at their pages.
type picture struct {
	link   *screen.Link
	web    chan string                    // addresses of the station's page on the open web
	stick  atomic.Pointer[screen.Problem] // what comes of opening a stick
	slow   atomic.Pointer[chan struct{}]  // a stick that takes its time, until it is closed
	worlds int
}

// openPicture connects to the launcher of a house as display does.
func openPicture(h *house) *picture {
	h.t.Helper()
	p := &picture{web: make(chan string, 1)}
	p.stick.Store(new(screen.Problem))
	for late := time.Now().Add(20 * time.Second); p.link == nil; {
		link, err := screen.Dial(h.t.Context(), screen.Socket(h.station.RunDir()))
		if err == nil {
			p.link = link
		} else if time.Now().After(late) {
			h.t.Fatal(err)
		}
	}
	h.plays(p.run)
	return p
}

// run does what launcher asks until ctx is done.
func (p *picture) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { p.link.Close() })
	defer stop()
	for {
		order, err := p.link.Next()
		if err == nil {
			err = p.do(order)
		}
		if err != nil {
			return err
		}
	}
}

func (p *picture) do(o screen.Order) error {
	switch o.Want {
	case screen.WantHelp:
		return p.open()
	case screen.WantStick:
		if slow := p.slow.Swap(nil); slow != nil {
			<-*slow
		}
		return p.link.Report(screen.Report{State: screen.Stick, Session: p.worlds, Problem: *p.stick.Load()}, nil)
	}
	return nil
}

// open makes a world in which the web is reached.
func (p *picture) open() error {
	pages, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer pages.Close() // launcher has one of its own
	p.worlds++
	if err := p.link.Report(screen.Report{State: screen.Starting, World: screen.Help, Session: p.worlds}, pages); err != nil {
		return err
	}
	p.web <- fmt.Sprintf("http://%s/", pages.Addr())
	return nil
}
