package main

import (
	"context"
	"errors"
	"slices"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// appliance reads what the first program learnt. Off the appliance there is
// nothing, and the flags stand.
func appliance(f *flags) (*slot.Boot, error) {
	boot, err := slot.ReadBoot(slot.BootPath)
	if errors.Is(err, slot.ErrHosted) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f.Slot, f.Release = string(boot.Slot), boot.Release
	return &boot, nil
}

// tellStart passes on what the first program could live with.
func (a *agent) tellStart() {
	if a.boot == nil {
		return
	}
	for _, p := range a.boot.Problems {
		a.problems.set("start_"+string(p), true)
	}
}

// keepSlot marks the running slot good once the start has proved healthy. It
// needs no fleet: a station that waits to be enrolled is as healthy as any.
func (a *agent) keepSlot(ctx context.Context) error {
	if a.boot == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	k := update.Keeper{Boot: *a.boot, Log: a.log, Missing: a.lacks(a.judge()), Marked: a.proven,
		GivenUp: func(id slot.ID, why slot.Problem) {
			a.log.Warn("other slot given up", "slot", string(id), "why", string(why))
			a.problems.set("slot_"+string(why), true)
			kick(a.changed)
		}}
	return k.Run(ctx)
}

// judge lists what a start must have.
func (a *agent) judge() health.Judge {
	drawn := health.Drawn(a.Run)
	return health.Judge{health.Pages(a.Pages), health.Writable(a.Data), health.Reader(a.Run),
		{Name: health.NeedClock, Met: a.clockSane},
		health.Network(a.Run, a.update.Before()),
		{Name: health.NeedDisplay, Met: func(ctx context.Context) bool { return drawn.Met(ctx) || a.blind() }}}
}

// blind reports whether this machine has no graphics card that anything can
// drive, which the first program's guardian finds out after a minute. It will
// never draw; that is held against a release on trial only.
func (a *agent) blind() bool {
	if a.boot.Trial > 0 {
		return false
	}
	now, err := slot.ReadBoot(slot.BootPath)
	return err == nil && slices.Contains(now.Problems, slot.ProblemDisplay)
}

// clockSane: a clock that nobody has set is sane, one that contradicts what was
// signed is not.
func (a *agent) clockSane(context.Context) bool {
	now, quality := a.clock.Now()
	return quality == pass.ClockUnset || !now.Before(a.clock.Floor())
}
