package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/carry"
	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
)

const (
	errandTime   = 20 * time.Minute
	errandPoll   = time.Second
	errandAnswer = 30 * time.Second // for the agent to begin
)

// errands let a mediator's stick bring and take: the agent takes from it, this
// program writes to it.
type errands struct {
	stick kiosk.Stick
	run   string
	leave func(ctx context.Context, dir string) (carry.Load, error)
	log   *slog.Logger

	begin chan struct{}
	mu    sync.Mutex
	now   kiosk.Errand
}

// errands returns nil where no stick can appear, and on a station of no fleet.
func (s *station) errands() *errands {
	if s.sticks == nil || s.me == nil {
		return nil
	}
	return &errands{stick: s.sticks, run: s.p.flags.Run, leave: s.leaveOn, log: s.log, begin: make(chan struct{}, 1)}
}

// wall is the time, zero while nobody knows it.
func (s *station) wall() time.Time {
	now, quality := s.clock.Now()
	if quality == pass.ClockUnset {
		return time.Time{}
	}
	return now
}

// leaveOn puts everything that the outboxes hold on a stick.
func (s *station) leaveOn(ctx context.Context, dir string) (carry.Load, error) {
	folder := outbox.Folder{Dir: s.p.Data}
	current, aside, err := folder.Open(ctx)
	if current != nil {
		aside = append(aside, current)
	}
	var logs []carry.Ledger
	for _, r := range aside {
		logs = append(logs, r)
		defer r.Close()
	}
	if err != nil {
		return carry.Load{}, err
	}
	c := carry.Carrier{Me: s.me, Recipients: s.trust.Snapshot().Recipients, Now: s.wall, Boots: s.clock.Boots()}
	return c.Write(ctx, dir, logs)
}

// Begin implements [kiosk.Errands].
func (e *errands) Begin() {
	e.change(func(now *kiosk.Errand) {
		if !now.Running {
			*now = kiosk.Errand{Begun: true, Running: true}
			note(e.begin)
		}
	})
}

// Errand implements [kiosk.Errands].
func (e *errands) Errand() kiosk.Errand {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (e *errands) change(amend func(*kiosk.Errand)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	amend(&e.now)
}

// Run does errands until ctx is done.
func (e *errands) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-e.begin:
			e.errand(ctx)
		}
	}
}

func (e *errands) errand(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, errandTime)
	defer cancel()
	err := e.stick.Use(ctx, func(dir string) error { return e.visit(ctx, dir) })
	if err != nil {
		e.log.Info("errand of a stick not done", "err", err)
	}
	e.change(func(now *kiosk.Errand) { now.Running, now.Problem = false, err })
}

// visit has the agent look at the stick, and leaves what is owed; again at the end
// when only the stick could say whom to seal it to.
func (e *errands) visit(ctx context.Context, dir string) error {
	id := rand.Text()
	if err := carry.Ask(e.run, carry.Visit{ID: id}); err != nil {
		return err
	}
	e.put(ctx, dir)
	err := e.follow(ctx, id)
	if errors.Is(e.Errand().Left, carry.ErrNoRecipient) {
		e.put(ctx, dir)
	}
	return errors.Join(err, carry.Leave(e.run))
}

func (e *errands) put(ctx context.Context, dir string) {
	load, err := e.leave(ctx, dir)
	if err != nil {
		e.log.Warn("records not left on a stick", "err", err)
	}
	e.change(func(now *kiosk.Errand) { now.Load, now.Left = load, err })
}

// follow passes on what the agent says until it is done.
func (e *errands) follow(ctx context.Context, id string) error {
	silent := time.After(errandAnswer)
	tick := time.NewTicker(errandPoll)
	defer tick.Stop()
	for heard := false; ; {
		if f, ok := carry.Told(e.run, id); ok {
			heard = true
			e.change(func(now *kiosk.Errand) { now.Found = f })
			if f.Done {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-silent:
			if !heard {
				e.change(func(now *kiosk.Errand) { now.Silent = true })
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
