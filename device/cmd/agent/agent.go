package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// agent is what all parts of the program share.
type agent struct {
	flags
	log     *slog.Logger
	clock   *clock.Clock
	metrics net.Listener // nil: none wanted
	boot    *slot.Boot   // nil off the appliance

	problems *problems
	health   *health.Station
	update   *update.Machine // nil off the appliance

	me      atomic.Pointer[identity.Station] // nil before enrolment; replaced when renewed
	trust   atomic.Pointer[trust.Trust]      // likewise
	link    atomic.Pointer[uplink.Uplink]    // likewise
	missing atomic.Pointer[map[string]error] // lesson packs that could not be brought, by hash
	refresh chan struct{}                    // trust data should be fetched
	lessons chan struct{}                    // the list of lesson packs may have changed
	books   chan struct{}                    // that of books may have
	shelf   sync.Mutex                       // books are brought by one at a time
	renew   chan struct{}                    // the certificate may be the reason why nothing works
	packs   sync.Mutex                       // lesson packs are brought by one at a time
	changed chan struct{}                    // agent.json is out of date
	moves   chan struct{}                    // where the fleet is may be another place
	doubt   chan struct{}                    // the fleet does not let this station in

	trial  string               // address that is tried; "": that of the identity
	failed map[string]time.Time // addresses that did not do, and when
	shown  atomic.Bool          // the server works under the next authority

	good chan struct{} // closed once the running slot was marked good
	full atomic.Bool   // this start found the disk full

	unreached atomic.Bool // no way to the fleet worked, where it is tried

	supervisor string         // socket; "": the appliance's
	ends       sync.WaitGroup // what is done after the fleet was told
}

func newAgent(f flags, boot *slot.Boot, log *slog.Logger) (*agent, error) {
	for _, dir := range []string{f.Data, f.Run} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make directories: %w", err)
		}
	}
	var options []clock.Option
	if f.SetClock {
		options = append(options, clock.SetSystem())
	}
	a := &agent{flags: f, boot: boot, log: log, problems: newProblems(), failed: map[string]time.Time{}, moves: make(chan struct{}, 1),
		refresh: make(chan struct{}, 1), lessons: make(chan struct{}, 1), books: make(chan struct{}, 1), renew: make(chan struct{}, 1), changed: make(chan struct{}, 1), doubt: make(chan struct{}, 1), good: make(chan struct{})}
	a.clock = clock.Open(f.Run, f.Data, f.Clock, append(options, clock.WithLog(log))...)
	a.health = a.station()
	a.update = a.updater()
	a.tellStart()
	return a, a.listen()
}

// run serves one identity after another until ctx is done.
func (a *agent) run(ctx context.Context) error {
	defer a.ends.Wait()
	if err := a.finishWipe(); err != nil {
		a.log.Error("station not wiped", "err", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.serveMetrics(ctx) })
	g.Go(func() error { return a.tellLauncher(ctx) })
	g.Go(func() error { return a.keepTime(ctx) })
	g.Go(func() error { return a.keepRoom(ctx) })
	g.Go(func() error { return a.keepSlot(ctx) })
	g.Go(func() error { return a.keepBase(ctx) })
	g.Go(func() error {
		for {
			me, err := a.identity(ctx)
			if err != nil {
				return err
			}
			if err := a.serve(ctx, me); !errors.Is(err, errIdentity) && !errors.Is(err, errMoved) {
				return err
			}
		}
	})
	return g.Wait()
}

// serve is the life of an enrolled station.
func (a *agent) serve(ctx context.Context, me *identity.Station) error {
	t := trust.Open(filepath.Join(a.Data, enroll.TrustDir), me.Tenant)
	me = me.Reaching(a.trial, t.Snapshot().Contact.Roots())
	a.me.Store(me)
	a.trust.Store(t)
	a.unreached.Store(false)
	link, err := uplink.New(a.uplink(me))
	if err != nil {
		return err
	}
	a.link.Store(link)
	if d, err := a.desired(); err == nil || errors.Is(err, fs.ErrNotExist) && a.stickBase() != nil {
		a.wantBase(d)
	}
	a.log.Info("station serves its fleet", "station", string(me.ID), "incarnation", me.Incarnation)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return link.Run(ctx) })
	g.Go(func() error { return a.followNetwork(ctx, link.Hurry) })
	g.Go(func() error { return a.keepTrust(ctx) })
	g.Go(func() error { return a.keepLessons(ctx) })
	g.Go(func() error { return a.keepBooks(ctx) })
	g.Go(func() error { return a.keepCertificate(ctx) })
	g.Go(func() error { return a.keepContact(ctx) })
	g.Go(func() error { return a.watchIdentity(ctx, me) })
	g.Go(func() error { return a.watchLoss(ctx) })
	g.Go(func() error { return a.keepTrialJournal(ctx) })
	g.Go(func() error { return a.watchStick(ctx) })
	return g.Wait()
}

// server is where the fleet is.
func (a *agent) server() string {
	if a.Server != "" {
		return a.Server
	}
	return a.me.Load().Address()
}

func kick(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// outboxPath is the log in use.
func (a *agent) outboxPath() string { return filepath.Join(a.Data, outbox.FileName) }
