package main

import (
	"context"
	"slices"
	"sync"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/hardware/panel"
)

// desk is the redeem desk with the open day's setting, the tray and the panel
// joined to it.
type desk struct {
	*redeem.Desk
	tray    *redeem.Tray
	setting func() redeem.Setting
	takes   func() bool
	shop    *workshop.Shop
	box     *outbox.Outbox
	signal  func(panel.Signal)
	counts  *counts

	mu      sync.Mutex
	changed chan struct{}
}

// Takes reports whether this station validates passes.
func (d *desk) Takes() bool { return d.takes() }

// Show decides on a code in mediator mode.
func (d *desk) Show(ctx context.Context, text string) redeem.Line {
	return d.decided(d.Desk.Show(ctx, d.setting(), text))
}

// Confirm gives the mediator's word on a line.
func (d *desk) Confirm(ctx context.Context, id int, words []redeem.Override) error {
	line, err := d.Desk.Confirm(ctx, d.setting(), id, words)
	if err == nil {
		d.decided(line)
	}
	return err
}

// Cancel takes a validation back.
func (d *desk) Cancel(ctx context.Context, id int) error {
	_, err := d.Desk.Cancel(ctx, d.setting(), id)
	d.notify()
	return err
}

// Clear forgets the row and what waits.
func (d *desk) Clear() {
	d.Desk.Clear()
	d.tray.Take()
	d.notify()
}

// Validated counts the day's validations that stand.
func (d *desk) Validated(ctx context.Context) (int, error) {
	return d.box.Since(ctx, d.shop.Day().From)
}

// Waiting is how many passes wait for the mediator.
func (d *desk) Waiting() int { return d.tray.Waiting() }

// ShowWaiting decides on what waits.
func (d *desk) ShowWaiting(ctx context.Context) {
	for _, text := range d.tray.Take() {
		d.Show(ctx, text)
	}
}

// Changed is closed when the row or what waits changes.
func (d *desk) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.changed == nil {
		d.changed = make(chan struct{})
	}
	return d.changed
}

// decided lights and counts what was decided.
func (d *desk) decided(line redeem.Line) redeem.Line {
	d.signal(panel.Answered)
	if line.Kind.Written() && slices.Contains(line.Notes, redeem.ListDegraded) {
		d.counts.tally(func(t *workshop.Tally) { t.Degraded++ })
	}
	d.notify()
	return line
}

func (d *desk) notify() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}
