package main

import (
	"context"
	"fmt"

	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// EndDay implements kiosk.Days. Records and counters are written before the
// day closes: what cannot be written leaves it open, to be ended again.
func (d *days) EndDay(ctx context.Context, participants, kept int) error {
	d.ending.Lock()
	defer d.ending.Unlock()
	if !d.Day().Open {
		return workshop.ErrNoDay
	}
	e := &ending{days: d, participants: participants, kept: kept}
	for _, step := range e.steps() {
		if err := step(ctx); err != nil {
			return diskError(err)
		}
	}
	return nil
}

// ending is a day on its way to its sheet. After a power cut it is ended
// again: each step marks what it wrote, and does not write it twice.
type ending struct {
	*days
	participants, kept, validated int
}

func (e *ending) steps() []func(context.Context) error {
	return []func(context.Context) error{e.countPapers, e.endSession, e.countParticipants, e.closePeriods, e.close}
}

// countPapers writes the count of papers where passes are taken. Another count
// than before is written again: the fleet takes the last.
func (e *ending) countPapers(ctx context.Context) (err error) {
	if !e.desk.Takes() {
		return nil
	}
	if e.validated, err = e.desk.Validated(ctx); err != nil {
		return err
	}
	day := e.Day()
	papers := pass.Papers{Date: day.Date, Validated: e.validated, Kept: e.kept}
	if was := day.Counted.Papers; was != nil && *was == papers {
		return nil
	}
	if err := e.desk.Count(ctx, e.desk.setting(), papers); err != nil {
		return err
	}
	return e.Count(func(c *workshop.Counted) { c.Papers = &papers })
}

func (e *ending) endSession(context.Context) error {
	if err := e.session.End(); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// countParticipants adds those that were not counted yet. A counter only
// grows: fewer than at the first try stay as they were.
func (e *ending) countParticipants(context.Context) error {
	more := e.participants - e.Day().Counted.Participants
	if more <= 0 || !e.counts.add(wire.CountParticipants, "", "", "", uint64(more)) {
		return nil
	}
	return e.Count(func(c *workshop.Counted) { c.Participants = e.participants })
}

func (e *ending) closePeriods(ctx context.Context) error {
	_, err := e.box.ClosePeriods(ctx)
	return err
}

// close keeps the sheet, with the tally of the session that just ended.
func (e *ending) close(context.Context) error {
	if err := e.Close(e.sheet(e.Day(), e.participants, e.validated, e.kept)); err != nil {
		return err
	}
	e.desk.Clear()
	e.refresh()
	return nil
}
