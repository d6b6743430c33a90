package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/device/session"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// days is the shop with what opening and ending a day sets in motion.
type days struct {
	*workshop.Shop
	clock   *clock.Clock
	box     *outbox.Outbox
	desk    *desk
	counts  *counts
	session *session.Keeper
	desired *desired
	lessons *lesson.Library
	refresh func()       // applies what the day changes elsewhere
	settle  func() error // forgets which place was proposed first
	log     *slog.Logger

	ending sync.Mutex // held while a day ends: a button may be pressed twice
}

// OpenDay implements kiosk.Days.
func (d *days) OpenDay(ctx context.Context, day workshop.Day, w kiosk.When) error {
	if err := d.takeTime(w); err != nil {
		return err
	}
	where, _ := place(d.desired.Get(), day.Place)
	if now, quality := d.clock.Now(); quality != pass.ClockUnset {
		civil := now.In(zoneOf(where))
		day.Date, day.Began = civil.Format(time.DateOnly), civil.Format("15:04")
	}
	from, err := d.box.Head(ctx)
	if err != nil {
		return fmt.Errorf("open day: %w", err)
	}
	day.From = from
	if err := d.Open(day); err != nil {
		return diskError(err)
	}
	if err := d.settle(); err != nil {
		d.log.Warn("proposed place kept", "err", err)
	}
	d.refresh()
	return nil
}

// takeTime sets the clock by the mediator's word. Confirming what a battery
// clock shows makes it the mediator's time; what the network said stays.
func (d *days) takeTime(w kiosk.When) error {
	now, quality := d.clock.Now()
	switch {
	case w.Unknown:
		return nil
	case w.At.IsZero() && quality != pass.ClockRTC:
		return nil
	case w.At.IsZero():
		w.At = now
	}
	switch err := d.clock.Set(w.At, pass.ClockMediator); {
	case errors.Is(err, clock.ErrPast):
		return kiosk.ErrDatePast
	case errors.Is(err, clock.ErrFuture):
		return kiosk.ErrDateFuture
	case errors.Is(err, clock.ErrOutranked):
		return kiosk.ErrDateKnown
	case err != nil:
		return diskError(err)
	}
	return nil
}

// AmendDay implements kiosk.Days.
func (d *days) AmendDay(next workshop.Day) error {
	err := d.Amend(func(day *workshop.Day) {
		day.Service, day.Posture, day.Lessons, day.PaperKept = next.Service, next.Posture, next.Lessons, next.PaperKept
	})
	d.refresh()
	return diskError(err)
}

func (d *days) sheet(day workshop.Day, participants, validated, kept int) workshop.Sheet {
	want := d.desired.Get()
	where, _ := place(want, day.Place)
	s := workshop.Sheet{
		Date: day.Date, Began: day.Began, Station: want.Label, Structure: want.Structure.Name,
		Place: where.Name, Commune: where.Commune, Posture: day.Posture, Participants: participants,
		Sessions: day.Tally.Sessions, Started: day.Tally.Started, Finished: day.Tally.Finished,
		Passes: d.desk.Takes(), Validated: validated, Kept: kept,
	}
	if now, quality := d.clock.Now(); quality != pass.ClockUnset {
		s.Ended = now.In(zoneOf(where)).Format("15:04")
	}
	for _, id := range day.Lessons {
		if l, ok := d.lessons.Lesson(id); ok {
			s.Lessons = append(s.Lessons, l.Title)
		}
	}
	return s.WithDraft(day.Service)
}

// diskError names the one failure that a mediator can do something about.
func diskError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, outbox.ErrFull) || errors.Is(err, redeem.ErrFull) {
		return fmt.Errorf("%w: %w", kiosk.ErrDiskFull, err)
	}
	return err
}
