// Package conductor moves rollouts on: it tells fleet/rollout what stations
// reported and what time it is, keeps what follows, and hands the orders to the
// registry, which tells the stations.
//
//	c := &conductor.Conductor{Store: db, Fleet: db, Order: reg.OrderBase, Now: time.Now, Log: log}
//	draft, err := c.Draft(ctx, tenant, plan, query)       // a dry run: nothing changes
//	id, err := c.Start(ctx, actor, tenant, plan, query, title)
//	err = c.Do(ctx, actor, tenant, id, rollout.Pause{})
//	go c.Run(ctx)
//
// A rollout is stored before any station is told, and every sweep compares what
// stations should have been asked with what they were: a server that stops in
// the middle goes on where it was. The package never decides what comes next
// (fleet/rollout does), never speaks SQL or MQTT, and asks for a release only.
package conductor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Errors that callers branch on.
var (
	// ErrConflict says that somebody else changed the rollout at the same time.
	ErrConflict = errors.New("rollout changed meanwhile")
	// ErrPlan says that the plan, or the stations for it, cannot be.
	ErrPlan = errors.New("rollout cannot start")
)

// Ref names a rollout.
type Ref struct {
	Tenant wire.Tenant
	ID     int
}

// Record is a rollout as it is kept.
type Record struct {
	*rollout.Rollout
	Title   string // whom it is for, as the person chose
	Edition int    // rises with every change
	Created time.Time
	By      string
}

// News is what is known of a member's station.
type News struct {
	Station wire.Station
	Asked   *wire.Base      // nil: nothing
	State   *wire.BaseState // nil: it never said
	Lost    bool
}

// Step is something that happened to a rollout.
type Step struct {
	At     time.Time
	Who    string // "" when nobody asked for it
	What   What
	Detail string // a number of a wave, a reason, a kit, a place or a station
}

// What happened in a step, a closed list.
type What string

// The steps. Those of a person come first.
const (
	StepStart  What = "start"
	StepPause  What = "pause"
	StepResume What = "resume"
	StepAbort  What = "abort"
	StepUndo   What = "undo" // aborted, and taken back from those that had it
	StepKit    What = "kit"  // a kit went back
	StepPlace  What = "place"
	StepAgain  What = "again"
	StepWave   What = "wave"
	StepHalt   What = "halt"
	StepDone   What = "done"
	StepExpire What = "expire"
)

// Store keeps rollouts.
type Store interface {
	// NextRollout returns the number for a new rollout.
	NextRollout(ctx context.Context, tenant wire.Tenant) (int, error)
	AddRollout(ctx context.Context, tenant wire.Tenant, r Record, step Step, a registry.Audit) error
	Rollout(ctx context.Context, tenant wire.Tenant, id int) (Record, error)
	// SaveRollout keeps what changed since r was read: its head, changed
	// members and steps. It fails with [ErrConflict] when another did so.
	SaveRollout(ctx context.Context, tenant wire.Tenant, r Record, changed []rollout.Member, steps []Step, a registry.Audit) error
	// Watched lists the rollouts that something can still happen to.
	Watched(ctx context.Context) ([]Ref, error)
	// News returns what is known of every member's station.
	News(ctx context.Context, tenant wire.Tenant, id int) ([]News, error)
	// Busy returns the stations that an unfinished rollout waits for.
	Busy(ctx context.Context, tenant wire.Tenant) (map[wire.Station]int, error)
	// Asking returns the older rollouts that still ask some of the stations for
	// a release.
	Asking(ctx context.Context, tenant wire.Tenant, before int) ([]int, error)
}

// Fleet reads the registry.
type Fleet interface {
	Stations(ctx context.Context, tenant wire.Tenant, q registry.Query) ([]registry.Station, int, error)
}

// Conductor moves rollouts on. Store, Fleet, Order, Now and Log are required.
// It is safe for concurrent use.
type Conductor struct {
	Store Store
	Fleet Fleet
	// Order asks stations for a release.
	Order func(ctx context.Context, tenant wire.Tenant, orders []registry.BaseOrder) error
	Now   func() time.Time
	Log   *slog.Logger

	// Gather is how long news is gathered before it is looked at; 0: 500 ms.
	Gather time.Duration

	took time.Duration // by the last look; Run's own

	mu   sync.Mutex // one change at a time
	once sync.Once
	wake chan struct{}
}

// round is how often time alone is looked at.
const round = 30 * time.Second

// lookShare is how many times longer than a look the pause before the next is:
// large rollouts take at most a sixth of a processor.
const lookShare = 5

// sweepWithin bounds one look at all rollouts.
const sweepWithin = 2 * time.Minute

func (c *Conductor) awake() chan struct{} {
	c.once.Do(func() { c.wake = make(chan struct{}, 1) })
	return c.wake
}

// Awake says that a station reported something. It returns at once.
func (c *Conductor) Awake() {
	select {
	case c.awake() <- struct{}{}:
	default:
	}
}

// Run moves rollouts on until ctx is done.
func (c *Conductor) Run(ctx context.Context) error {
	tick := time.NewTicker(round)
	defer tick.Stop()
	for {
		start := time.Now()
		if err := c.Sweep(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("rollouts not moved on", "err", err)
		}
		c.took = time.Since(start)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-c.awake():
			if !c.gather(ctx) {
				return nil
			}
		}
	}
}

// gather lets more news come: a look costs the same for one as for many.
func (c *Conductor) gather(ctx context.Context) bool {
	d := c.Gather
	if d == 0 {
		d = 500 * time.Millisecond
	}
	t := time.NewTimer(max(d, lookShare*c.took))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// Sweep looks once at every rollout that something can happen to.
func (c *Conductor) Sweep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sweepWithin)
	defer cancel()
	refs, err := c.Store.Watched(ctx)
	if err != nil {
		return fmt.Errorf("list rollouts: %w", err)
	}
	var failed error
	for _, ref := range refs {
		if err := c.look(ctx, ref); err != nil {
			failed = errors.Join(failed, fmt.Errorf("rollout %d: %w", ref.ID, err))
		}
	}
	return failed
}
