// Package uplink carries a station's outbox to the fleet over MQTT and brings
// back what the fleet wants: the desired state, orders, the time.
//
// [Uplink.Run] connects for as long as its context lives: by TLS, by WebSocket, or by
// WebSocket through an HTTP proxy, the way that worked last first. On every
// connection it subscribes, says hello, and sends what the fleet has not
// stored. The cursor moves only when the fleet says so (d/ack): a PUBACK alone
// moves nothing, and an ack of another epoch moves the cursor back, so that a
// fleet restored from a backup gets again what this station still keeps.
//
// Everything that must survive a power cut (cursor, session number, orders
// already carried out, the working way) is in one small file, [StateFile]. The
// package never writes the outbox, never believes a payload before it has
// checked it, never waits without a deadline, and never logs a payload.
package uplink

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Ledger is one log of the outbox as it is read. device/outbox has it.
type Ledger interface {
	// Log returns the log's id.
	Log(ctx context.Context) (pass.LogID, error)
	// Entries returns up to max consecutive entries, the first at or after
	// from, and that first number; none when there is nothing more.
	Entries(ctx context.Context, from uint64, max int) (uint64, []pass.Entry, error)
	// ChangedCounters returns up to max counters with a revision above rev, in
	// the order of revisions.
	ChangedCounters(ctx context.Context, rev uint64, max int) ([]wire.Counter, error)
	// Head returns the last sequence number and revision given out.
	Head(ctx context.Context) (seq, rev uint64, err error)
	// Close ends reading.
	Close() error
}

// Outbox is what a station owes the fleet.
type Outbox interface {
	// Open returns the log in use, nil when there is none yet, and those set
	// aside that can be read. The caller closes all of them.
	Open(ctx context.Context) (current Ledger, aside []Ledger, err error)
	// Changed reports whether anything may have changed since it was last
	// asked. It is asked every few seconds and must be cheap.
	Changed() bool
}

// Clock is what time the station believes it is. device/clock has it.
type Clock interface {
	Now() (time.Time, pass.Quality)
	// SetServer sets the clock to what the fleet's server said, or refuses.
	SetServer(t time.Time) error
}

// Config says who connects where, and what there is to say. All functions are
// called from one goroutine at a time, except Do.
type Config struct {
	Tenant      wire.Tenant
	Station     wire.Station
	Incarnation uint32
	Server      func() string      // host:port
	TLS         func() *tls.Config // of the station's identity; asked for each connection
	Dir         string             // holds StateFile and DesiredFile
	Outbox      Outbox
	Clock       Clock
	Log         *slog.Logger

	Hello     func() wire.Hello                        // its logs are filled in here
	Telemetry func(ctx context.Context) wire.Telemetry // one sample
	Reported  func() wire.Reported                     // its Version and Refused are filled in here
	Desired   func(wire.Desired)                       // a newer desired state is on the disk; may be nil
	// Do carries out an order; [ErrUnknownJob] when it has no such kind, a
	// [Failure] when there is a reason to tell.
	Do      func(ctx context.Context, j wire.Job) (Done, error)
	Changed func(Status) // the status changed; may be nil
	Failed  func(error)  // no way to the server worked; may be nil

	Proxy  func(*http.Request) (*url.URL, error) // nil: as the environment says
	Timing Timing
}

// Timing holds the waits. The zero value means the defaults, in comments.
type Timing struct {
	Connect   time.Duration // 20 s: one attempt by one way, and every answer from the server
	Retry     time.Duration // 1 s: first wait after a failure; doubles
	RetryMax  time.Duration // 30 s
	KeepAlive time.Duration // 240 s: silence after which a connection is tried
	Poll      time.Duration // 2 s: look at the outbox
	Resend    time.Duration // 60 s: send again what was not acknowledged; doubles up to 16 times that
}

func (t Timing) withDefaults() Timing {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&t.Connect, 20*time.Second)
	set(&t.Retry, time.Second)
	set(&t.RetryMax, 30*time.Second)
	set(&t.KeepAlive, 240*time.Second)
	set(&t.Poll, 2*time.Second)
	set(&t.Resend, time.Minute)
	return t
}

// ErrUnknownJob says that a station has no such kind of order.
var ErrUnknownJob = errors.New("unknown kind of job")

// Uplink is a station's connection to its fleet.
type Uplink struct {
	cfg   Config
	log   *slog.Logger
	store *store
	done  chan jobResult
	kick  chan struct{}
	hurry chan struct{}
	jobs  sync.WaitGroup

	running []string    // orders under way; these two belong to the goroutine of the session
	unsaid  []jobResult // ends that a connection was lost over

	mu     sync.Mutex
	status Status
}

// New returns an uplink that goes on from the state in cfg.Dir.
func New(cfg Config) (*Uplink, error) {
	cfg.Timing = cfg.Timing.withDefaults()
	if cfg.Proxy == nil {
		cfg.Proxy = http.ProxyFromEnvironment
	}
	store, err := openStore(cfg.Dir, cfg.Log)
	if err != nil {
		return nil, err
	}
	u := &Uplink{cfg: cfg, log: cfg.Log, store: store, done: make(chan jobResult), kick: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
	u.status = Status{Ack: store.state.Ack, Desired: store.desired.Version, LastSync: store.state.LastSync}
	return u, nil
}

// Kick makes the uplink look at what there is to report now.
func (u *Uplink) Kick() {
	select {
	case u.kick <- struct{}{}:
	default:
	}
}

// Hurry ends the pause before the next try to connect: the network has come
// back. It changes nothing while the station is connected.
func (u *Uplink) Hurry() {
	select {
	case u.hurry <- struct{}{}:
	default:
	}
}

// rest waits for d, or for [Uplink.Hurry]; ok is false at the end.
func (u *Uplink) rest(ctx context.Context, d time.Duration) (hurried, ok bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false, false
	case <-u.hurry:
		return true, true
	case <-t.C:
		return false, true
	}
}

// Run keeps the station connected until ctx is done. It returns ctx's error.
func (u *Uplink) Run(ctx context.Context) error {
	defer u.jobs.Wait()
	wait := u.cfg.Timing.Retry
	for ctx.Err() == nil {
		worked, err := u.connectAndServe(ctx)
		if ctx.Err() != nil {
			break
		}
		u.log.Info("fleet not connected", "err", err)
		if worked {
			wait = u.cfg.Timing.Retry
		}
		hurried, ok := u.rest(ctx, jitter(wait))
		if !ok {
			break
		}
		wait = min(2*wait, u.cfg.Timing.RetryMax)
		if hurried {
			wait = u.cfg.Timing.Retry
		}
	}
	return ctx.Err()
}

// connectAndServe tries each way once and stays with the first that works.
func (u *Uplink) connectAndServe(ctx context.Context) (worked bool, err error) {
	var errs []error
	for _, way := range u.Ways() {
		s, err := u.connect(ctx, way)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		u.remember(way)
		return true, s.serve(ctx)
	}
	err = errors.Join(errs...)
	if u.cfg.Failed != nil && ctx.Err() == nil {
		u.cfg.Failed(err)
	}
	u.watch(ctx)
	return false, err
}

// jitter spreads d over its upper half, so that stations that lost their
// server together do not come back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
