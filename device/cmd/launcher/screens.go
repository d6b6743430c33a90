package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/device/session"
	"github.com/mallette-kit/mallette/device/workshop"
)

const (
	// lastPageStays is how long somebody who has finished reads the last page
	// before the browser goes; farewellWithin bounds the wait for that page.
	lastPageStays  = time.Second
	farewellWithin = 2 * time.Second
	stickWithin    = 20 * time.Second
)

// screens is the station's screen as launcher sees it: it serves the pages of
// the session that display made, and has it end with the person's time.
type screens struct {
	host    *screen.Host
	run     string
	server  *kiosk.Server
	session *session.Keeper
	door    *workshop.Door
	log     *slog.Logger
	hours   *hours        // nil: never dark
	proxy   func() string // of the place, for the open web; "" for none

	finished chan struct{} // a person's time ended
	farewell chan struct{} // she has been shown the last page
	sticks   chan screen.Report

	mu       sync.Mutex
	current  screen.Report // the session that runs
	replaced int           // the session that was asked to be; 0: the current one was not
	stop     context.CancelFunc
	pages    sync.WaitGroup
	ctx      context.Context // of Run: pages are served as long
}

func newScreens(run string, keeper *session.Keeper, door *workshop.Door, log *slog.Logger) *screens {
	s := &screens{
		run: run, session: keeper, door: door, log: log,
		finished: make(chan struct{}, 1), farewell: make(chan struct{}, 1), sticks: make(chan screen.Report, 1),
	}
	s.host = &screen.Host{Socket: screen.Socket(run), Log: log, Report: s.on}
	return s
}

// Run speaks with display until ctx is done.
func (s *screens) Run(ctx context.Context) error {
	s.mu.Lock()
	s.ctx = ctx
	s.mu.Unlock()
	var parts sync.WaitGroup
	parts.Go(func() { s.refresh(ctx) })
	parts.Go(func() { s.question(ctx) })
	defer s.pages.Wait()
	defer parts.Wait()
	return s.host.Run(ctx)
}

// on hears display.
func (s *screens) on(r screen.Report, ln net.Listener) {
	switch r.State {
	case screen.Starting:
		s.serve(r, ln)
	case screen.Ended:
		s.over(r.Session)
	case screen.Touched:
		s.touched()
	case screen.Stick:
		select {
		case s.sticks <- r:
		default: // nobody waits for it any more
		}
	case screen.Failed:
		s.log.Error("no picture", "problem", string(r.Problem))
	}
}

type sessionKey struct{}

// serve gives the session its pages.
func (s *screens) serve(r screen.Report, ln net.Listener) {
	if ln == nil {
		return
	}
	s.over(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, stop := context.WithCancel(context.WithValue(s.ctx, sessionKey{}, r.Session))
	s.current, s.stop, s.replaced = r, stop, 0 // a display that was started again counts from 1 again
	run := s.server.Run
	if r.World == screen.Help {
		run = s.server.RunWeb
	}
	s.pages.Go(func() {
		if err := run(ctx, ln); err != nil && ctx.Err() == nil {
			s.log.Error("pages of a session not served", "err", err)
		}
	})
}

// over stops serving a session that has ended, or with 0 whichever runs.
func (s *screens) over(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop == nil || n != 0 && n != s.current.Session {
		return
	}
	s.stop()
	s.stop, s.current = nil, screen.Report{}
}

func (s *screens) world() screen.World {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.World
}

// touched is somebody at keys or pointer of a page that is not ours. On ours
// the pages say so themselves.
func (s *screens) touched() {
	if s.hours != nil {
		s.hours.touch()
	}
	if s.world() == screen.Help && s.session.Active() {
		s.session.Touch()
	}
}

// painted tells display that the first page of its session is on the screen.
func (s *screens) painted(ctx context.Context) {
	n, ok := ctx.Value(sessionKey{}).(int)
	if !ok {
		return // a browser of this machine's own
	}
	s.order(screen.Order{Want: screen.WantDrawn, Session: n})
}

func (s *screens) order(o screen.Order) {
	if err := s.host.Order(o); err != nil && !errors.Is(err, screen.ErrNoDisplay) {
		s.log.Warn("display not told", "want", string(o.Want), "err", err)
	}
}

// ended notes that a person's time is over. A last page that was read before
// was somebody else's.
func (s *screens) ended() {
	select {
	case <-s.farewell:
	default:
	}
	note(s.finished)
}

// note leaves a sign for a loop that looks when it can.
func note(sign chan struct{}) {
	select {
	case sign <- struct{}{}:
	default:
	}
}

// refresh has the browser replaced after each person, once she has read the
// last page, and never under a mediator who is at work in it.
func (s *screens) refresh(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.finished:
		}
		if s.world() != screen.Help && !(s.said(ctx) && s.left(ctx)) {
			return
		}
		s.fresh()
	}
}

// fresh asks for a kiosk that nobody has used, once for each that was.
func (s *screens) fresh() {
	s.mu.Lock()
	n := s.current.Session
	due := n != 0 && n != s.replaced
	s.replaced = n
	s.mu.Unlock()
	if due {
		s.order(screen.Order{Want: screen.WantKiosk})
	}
}

// said waits until the last page has been shown for a moment, or nobody asked
// for it. It is false when ctx is done.
func (s *screens) said(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-s.farewell:
		return pause(ctx, lastPageStays)
	case <-time.After(farewellWithin):
		return true
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// left waits until mediator mode is shut.
func (s *screens) left(ctx context.Context) bool {
	for {
		changed := s.door.Changed()
		if _, open := s.door.Grant(); !open {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}

// question asks on the open web, in a page of its own, whether somebody is
// still there.
func (s *screens) question(ctx context.Context) {
	asked := false
	for {
		changed := s.session.Changed()
		_, warning := s.session.Warning()
		if warning && !asked && s.world() == screen.Help {
			s.order(screen.Order{Want: screen.WantAsk})
		}
		asked = warning
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// Open implements [kiosk.Screens].
func (s *screens) Open(context.Context) error {
	if !s.Online() {
		return kiosk.ErrNoWay
	}
	return s.host.Order(screen.Order{Want: screen.WantHelp, Proxy: s.proxy()})
}

// openPortal opens the page that a network wants to be answered first.
func (s *screens) openPortal(_ context.Context, address string) error {
	return s.host.Order(screen.Order{Want: screen.WantHelp, Page: address})
}

// Close implements [kiosk.Screens].
func (s *screens) Close() error {
	s.fresh()
	return nil
}

// Online implements [kiosk.Screens].
func (s *screens) Online() bool {
	state, err := network.Read(s.run)
	return err == nil && state.Online && s.host.Present()
}

// Stick implements [kiosk.Screens].
func (s *screens) Stick(ctx context.Context, open bool) error {
	select {
	case <-s.sticks: // of somebody who did not wait
	default:
	}
	if err := s.host.Order(screen.Order{Want: screen.WantStick, Off: !open}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(stickWithin):
		return fmt.Errorf("stick: %w", context.DeadlineExceeded)
	case r := <-s.sticks:
		return stickError(r.Problem)
	}
}

func stickError(p screen.Problem) error {
	switch p {
	case screen.None:
		return nil
	case screen.StickMissing:
		return kiosk.ErrNoStick
	}
	return kiosk.ErrStickUnread
}
