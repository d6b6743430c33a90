package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/device/sandbox"
	"github.com/mallette-kit/mallette/device/sandbox/gate"
	"github.com/mallette-kit/mallette/device/screen"
)

const (
	redial      = time.Second      // launcher may start after us
	startWithin = 2 * time.Minute  // a slow disk, a first start
	drawnWithin = 4 * time.Minute  // an old machine under load; an emulated one needs most of it
	steadyAfter = 10 * time.Second // a browser that lived so long did not crash at its start
	maxBackOff  = 30 * time.Second
	maxBrief    = 10 // short-lived browsers in a row: more are no accident
)

// display is the program: one session at a time, made and ended by what
// launcher says. Everything but the reading of orders happens in one goroutine.
type display struct {
	flags
	log     *slog.Logger
	systems systems
	machine machine
	status  status
	extra   []string            // more of the browser's flags
	output  *os.File            // what a session's programs print; nil throws it away
	before  func(*sandbox.Plan) // a last word on each plan; nil has none

	link     *screen.Link
	events   chan event
	running  *running
	want     screen.World
	page     string // to open in the help world, besides ours
	proxy    string // of the place, for the help world
	sessions int
	backOff  time.Duration
	brief    int         // short-lived sessions in a row
	again    *time.Timer // when to try once more
	software bool        // draw without the graphics chip from now on
}

// running is a session and what is true of it.
type running struct {
	*sandbox.Session
	n       int
	world   screen.World
	proxy   string // of the place, that the help world goes through
	env     []string
	began   time.Time
	up      bool
	drawn   bool
	overdue *time.Timer
	stop    context.CancelFunc
	beside  *errgroup.Group
}

// event is something that display reacts to.
type event struct {
	order   *screen.Order
	lost    bool // launcher is gone
	session int  // one that is up or over
	over    bool
	touched bool
	pressed bool // power button
	lid     *bool
}

func newDisplay(f flags, log *slog.Logger) *display {
	again := time.NewTimer(time.Hour)
	again.Stop()
	boot := started(log)
	return &display{
		flags: f, log: log, want: screen.Kiosk, events: make(chan event), again: again,
		systems: systems{flags: f, named: boot.Userland}, machine: machine{owned: f.OwnsMachine, log: log, disk: boot.Device}, status: status{file: statusFile(f.Run), log: log},
	}
}

// Run shows sessions until ctx is done, and leaves none.
func (d *display) Run(ctx context.Context) error {
	if err := os.MkdirAll(d.flags.Run, 0o700); err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	if err := d.machine.lock(); err != nil {
		d.log.Error("console not locked", "err", err)
	}
	defer d.close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.machine.watch(ctx, d.tell(ctx)) })
	group.Go(func() error { return d.serve(ctx) })
	return group.Wait()
}

// close ends what runs. What is left behind is somebody's business to know.
func (d *display) close() {
	d.end()
	if err := errors.Join(d.systems.close(), closeShare(filepath.Join(d.flags.Run, "stick")), d.machine.unlock()); err != nil {
		d.log.Error("not everything let go", "err", err)
	}
}

// tell hands events to the one goroutine that acts on them.
func (d *display) tell(ctx context.Context) func(event) {
	return func(e event) {
		select {
		case d.events <- e:
		case <-ctx.Done():
		}
	}
}

// serve acts on events until ctx is done.
func (d *display) serve(ctx context.Context) error {
	dial := time.NewTimer(0)
	defer dial.Stop()
	d.again.Reset(0)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-dial.C:
			if !d.connect(ctx) {
				dial.Reset(redial)
			}
		case <-d.again.C:
			d.begin(ctx)
		case <-d.overdue():
			d.failed(ctx, screen.NotDrawn)
		case e := <-d.events:
			if e.lost {
				d.link = nil
				dial.Reset(redial)
				continue
			}
			d.on(ctx, e)
		}
	}
}

func (d *display) overdue() <-chan time.Time {
	if d.running == nil {
		return nil
	}
	return d.running.overdue.C
}

// connect reaches launcher and says again what runs.
func (d *display) connect(ctx context.Context) bool {
	link, err := screen.Dial(ctx, screen.Socket(d.flags.Run))
	if err != nil {
		return false
	}
	d.link = link
	tell := d.tell(ctx)
	stop := context.AfterFunc(ctx, func() { link.Close() })
	go func() {
		defer stop()
		defer link.Close()
		for {
			o, err := link.Next()
			if err != nil {
				tell(event{lost: true})
				return
			}
			tell(event{order: &o})
		}
	}()
	d.introduce()
	return true
}

func (d *display) introduce() {
	if d.running == nil {
		if problem := d.status.problem(); problem != screen.None {
			d.report(screen.Report{State: screen.Failed, Problem: problem}, nil)
		}
		return
	}
	d.report(d.running.says(screen.Starting), d.running.Listeners()[0])
	if d.running.up {
		d.report(d.running.says(screen.Up), nil)
	}
}

func (r *running) says(s screen.State) screen.Report {
	return screen.Report{State: s, World: r.world, Session: r.n}
}

// report tells launcher if it is there; it asks again when it comes back.
func (d *display) report(r screen.Report, pages net.Listener) {
	if d.link == nil {
		return
	}
	if err := d.link.Report(r, pages); err != nil {
		d.log.Warn("launcher not told", "state", string(r.State), "err", err)
	}
}

// on reacts to what came.
func (d *display) on(ctx context.Context, e event) {
	switch {
	case e.order != nil:
		d.obey(ctx, *e.order)
	case e.over && d.is(e.session):
		d.crashed(ctx)
	case e.session != 0 && d.is(e.session):
		d.running.up = true
		d.report(d.running.says(screen.Up), nil)
	case e.touched:
		d.machine.lamp.wake()
		d.report(screen.Report{State: screen.Touched}, nil)
	case e.pressed:
		d.powerOff(ctx)
	case e.lid != nil:
		d.machine.lamp.lid(*e.lid)
	}
}

func (d *display) is(session int) bool { return d.running != nil && d.running.n == session }

// obey does what launcher asked.
func (d *display) obey(ctx context.Context, o screen.Order) {
	switch o.Want {
	case screen.WantKiosk:
		d.change(ctx, screen.Kiosk, "")
	case screen.WantHelp:
		d.proxy = o.Proxy
		d.change(ctx, screen.Help, webPage(o.Page))
	case screen.WantDrawn:
		d.drawn(o.Session)
	case screen.WantAsk:
		d.ask()
	case screen.WantStick:
		d.stick(!o.Off)
	case screen.WantDark:
		d.machine.lamp.dark(!o.Off)
	}
}

// change ends what runs and begins a session of the world at once.
func (d *display) change(ctx context.Context, world screen.World, page string) {
	d.want, d.page, d.backOff = world, page, 0
	d.end()
	d.begin(ctx)
}

// drawn notes that a page of the session is on the screen.
func (d *display) drawn(session int) {
	if !d.is(session) || d.running.drawn {
		return
	}
	d.running.drawn = true
	d.running.overdue.Stop()
	d.log.Info("page drawn", "world", string(d.running.world), "after", time.Since(d.running.began).Round(time.Millisecond))
	d.status.set(stateDrawn, d.running, screen.None)
	d.machine.tell(screen.None)
	d.machine.rouse()
}

// ask shows the page that asks whether somebody is still there.
func (d *display) ask() {
	if d.running == nil || d.running.world != screen.Help {
		return
	}
	if err := d.running.Run(openPage(d.running.env, askURL)); err != nil {
		d.log.Warn("question not shown", "err", err)
	}
}

// begin makes a session of the wanted world, or says why there is none and
// tries again later.
func (d *display) begin(ctx context.Context) {
	d.again.Stop()
	if d.running != nil {
		return
	}
	if problem := d.start(ctx); problem != screen.None {
		d.without(problem)
	}
}

func (d *display) without(problem screen.Problem) {
	d.status.set(stateNone, nil, problem)
	d.machine.tell(problem)
	d.report(screen.Report{State: screen.Failed, World: d.want, Problem: problem}, nil)
	d.backOff = min(max(2*d.backOff, 500*time.Millisecond), maxBackOff)
	d.again.Reset(d.backOff)
}

func (d *display) start(ctx context.Context) screen.Problem {
	s, problem := d.shape()
	if problem != screen.None {
		return problem
	}
	p, err := s.plan(d.want)
	if err != nil {
		d.log.Error("session not planned", "err", err)
		return screen.Broken
	}
	p.Output = d.output
	if d.before != nil {
		d.before(&p)
	}
	limited, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	session, err := sandbox.Start(limited, p)
	if err != nil {
		d.log.Error("session not started", "err", err)
		return screen.Broken
	}
	d.adopt(ctx, session, s.environment())
	return screen.None
}

// adopt makes the session the one that runs.
func (d *display) adopt(ctx context.Context, session *sandbox.Session, env []string) {
	d.sessions++
	ctx, stop := context.WithCancel(ctx)
	r := &running{
		Session: session, n: d.sessions, world: d.want, proxy: d.proxy, env: env, began: time.Now(), overdue: time.NewTimer(drawnWithin),
		stop: stop, beside: &errgroup.Group{},
	}
	d.running = r
	r.beside.Go(func() error { return d.beside(ctx, r) })
	d.log.Info("session started", "world", string(r.world), "n", r.n, "limits", session.Limits())
	d.status.set(stateStarting, r, screen.None)
	d.report(r.says(screen.Starting), session.Listeners()[0])
	go r.watch(ctx, d.tell(ctx))
}

// beside runs what a session needs outside of it: the way to the web, or the
// eye on the kiosk's one page.
func (d *display) beside(ctx context.Context, r *running) error {
	if r.world == screen.Help {
		out := &gate.Gate{Log: d.log, Proxy: r.proxy}
		return out.Run(ctx, r.Listeners()[1])
	}
	one := &tabs{dial: r.Dial, log: d.log}
	one.run(ctx)
	return nil
}

// watch tells when the session is up and when it is over.
func (r *running) watch(ctx context.Context, tell func(event)) {
	select {
	case <-ctx.Done():
		return
	case <-r.Up():
		tell(event{session: r.n})
	case <-r.Done():
	}
	select {
	case <-ctx.Done():
	case <-r.Done():
		tell(event{session: r.n, over: true})
	}
}

// end ends what runs and lets go of the stick that it had.
func (d *display) end() {
	r := d.running
	if r == nil {
		return
	}
	d.running = nil
	began := time.Now()
	r.overdue.Stop()
	r.stop()
	err := r.End()
	_ = r.beside.Wait() // ended by its context
	if err != nil {
		d.log.Error("session left something behind", "n", r.n, "err", err)
	}
	d.letGo()
	d.log.Info("session ended", "world", string(r.world), "n", r.n, "took", time.Since(began).Round(time.Millisecond))
	d.status.set(stateNone, nil, screen.None)
	d.report(r.says(screen.Ended), nil)
}

// crashed replaces a session that ended by itself: at once if it had been seen,
// as when somebody closed the browser, later if it did not even come up or goes
// again and again. The open web is not opened again: whoever closed it has
// finished with it.
func (d *display) crashed(ctx context.Context) {
	r := d.running
	d.log.Warn("session ended by itself", "world", string(r.world), "n", r.n, "why", r.Err())
	if d.brief++; time.Since(r.began) > steadyAfter {
		d.brief = 0
	}
	if r.drawn && d.brief < maxBrief || r.world == screen.Help {
		d.change(ctx, screen.Kiosk, "")
		return
	}
	d.failed(ctx, screen.BrowserCrashes)
}

// failed ends a session that is of no use, and waits before the next. The
// graphics chip is not trusted a second time.
func (d *display) failed(_ context.Context, problem screen.Problem) {
	d.want, d.software = screen.Kiosk, true
	d.end()
	d.without(problem)
}
