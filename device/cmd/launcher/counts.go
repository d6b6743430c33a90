package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/session"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const (
	periodPoll = time.Minute
	prunePoll  = time.Hour
)

// counts turns what happens into totals of half-days. It never fails a page.
type counts struct {
	box   *outbox.Outbox
	clock *clock.Clock
	shop  *workshop.Shop
	place func() wire.Place // where the station is
	ack   func() wire.Ack
	sent  func() map[pass.LogID]bool // logs set aside that the fleet has
	log   *slog.Logger
}

// Count implements kiosk.Counter.
func (c *counts) Count(name wire.CounterName, lessonID, item, outcome string) {
	c.add(name, lessonID, item, outcome, 1)
	if name == wire.CountLessons {
		c.tally(func(t *workshop.Tally) {
			switch outcome {
			case "started":
				t.Started++
			case "finished":
				t.Finished++
			}
		})
	}
}

// sessionEnded counts a session; of the person nothing else is known.
func (c *counts) sessionEnded(how session.Outcome) {
	c.add(wire.CountSessions, "", "", string(how), 1)
	c.tally(func(t *workshop.Tally) { t.Sessions++ })
}

func (c *counts) tally(add func(*workshop.Tally)) {
	if err := c.shop.Tally(add); err != nil {
		c.log.Warn("day's tally not kept", "err", err)
	}
}

// add reports whether it was counted.
func (c *counts) add(name wire.CounterName, lessonID, item, outcome string, n uint64) bool {
	key := wire.Counter{Name: name, Lesson: lessonID, Item: item, Outcome: outcome}
	key.Period, key.Place, key.Clock = c.period(name)
	err := c.box.Count(context.Background(), key, n)
	if err != nil {
		c.log.Warn("usage not counted", "counter", string(name), "err", err)
	}
	return err == nil
}

// period is the half-day at the place, or for languages and display modes the
// month and no place, because a rare one would point at a person.
func (c *counts) period(name wire.CounterName) (period, place string, quality pass.Quality) {
	now, quality := c.clock.Now()
	at := c.place()
	monthly := name == wire.CountLanguage || name == wire.CountAccess
	switch {
	case quality == pass.ClockUnset:
		period = ""
	case monthly:
		period = now.In(zoneOf(at)).Format("2006-01")
	default:
		period = clock.HalfDay(now, zoneOf(at).String())
	}
	if !monthly {
		place = at.ID
	}
	return period, place, quality
}

// open lists the periods that still run.
func (c *counts) open() []string {
	halfDay, _, _ := c.period(wire.CountSessions)
	month, _, _ := c.period(wire.CountLanguage)
	return []string{halfDay, month}
}

// Run closes periods as they pass and prunes what the fleet has stored long
// ago, until ctx is done.
func (c *counts) Run(ctx context.Context) error {
	period, prune := time.NewTicker(periodPoll), time.NewTicker(prunePoll)
	defer period.Stop()
	defer prune.Stop()
	c.closePassed(ctx)
	c.prune(ctx)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-period.C:
			c.closePassed(ctx)
		case <-prune.C:
			c.prune(ctx)
		}
	}
}

func (c *counts) closePassed(ctx context.Context) {
	if _, err := c.box.ClosePeriods(ctx, c.open()...); err != nil && !errors.Is(err, context.Canceled) {
		c.log.Warn("periods not closed", "err", err)
	}
}

func (c *counts) prune(ctx context.Context) {
	now, quality := c.clock.Now()
	if quality == pass.ClockUnset {
		return
	}
	if err := c.box.Prune(ctx, c.ack(), now); err != nil && !errors.Is(err, context.Canceled) {
		c.log.Warn("outbox not pruned", "err", err)
	}
	if err := c.box.PruneAside(ctx, c.sent(), now); err != nil {
		c.log.Warn("logs set aside not pruned", "err", err)
	}
}
