package main

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/hotplug"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/hardware/board"
)

const (
	settle  = 20 * time.Second // how long joining and waiting for an address are no trouble
	retells = 3 * time.Second  // how soon a reason that time alone brings is told
)

// keepTelling writes the state whenever it changes.
func (k *keeper) keepTelling(ctx context.Context) error {
	for {
		k.tell()
		if !wait(ctx, retells, nil) {
			return ctx.Err()
		}
	}
}

// tell writes the state for the other programs if it has changed.
func (k *keeper) tell() {
	s := k.State()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.isTold && reflect.DeepEqual(s, k.told) {
		return
	}
	if !k.isTold || s.Online != k.told.Online {
		k.changed = uptime()
	}
	s.Changed = k.changed
	if s.Reason != k.told.Reason || !k.isTold {
		k.log.Info("network changed", "online", s.Online, "reason", string(s.Reason))
	}
	k.told, k.isTold = s, true
	if err := network.Write(k.Run, s); err != nil {
		k.log.Warn("network not told", "err", err)
	}
}

func uptime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// State implements [network.Keeper].
func (k *keeper) State() network.State {
	air := k.radio.facts()
	k.mu.Lock()
	defer k.mu.Unlock()
	f := k.facts(air)
	s := network.State{Lines: f.Lines, Radio: air.name != "", Joined: air.joined, Changed: k.changed}
	s.Online, s.Reason = network.Explain(f)
	if s.Reason == network.Portal {
		s.Portal = k.tried.Portal
	}
	return s
}

// facts gathers what is known; the lock is held.
func (k *keeper) facts(air airFacts) network.Facts {
	held := k.finder.Radio()
	f := network.Facts{
		Firmware: k.firmwareMissing(), Blocked: held.Switch || held.Kept && k.live, Known: len(k.book.All()), Heard: air.heard, Refused: air.refused,
		NoProgram: air.name != "" && !air.running, Joining: time.Since(air.since) < settle,
		Probe: k.tried.Outcome, ClockDenied: k.denied && k.lost(),
	}
	for _, l := range k.lines {
		f.Lines = append(f.Lines, network.Line{Name: l.Name, Kind: l.Kind, Carrier: l.Carrier, Leased: l.lease != nil})
		f.Waiting = f.Waiting || (l.Carrier && time.Since(l.since) < settle)
	}
	slices.SortFunc(f.Lines, func(a, b network.Line) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// lost reports whether nobody else has told the time either: a time server that
// is wrong harms only a station that has no other clock.
func (k *keeper) lost() bool {
	_, quality := k.clock.Now()
	return quality == pass.ClockUnset && !k.fleet().Online
}

// firmwareMissing reads what the hotplug program heard of the kernel.
func (k *keeper) firmwareMissing() bool {
	return slices.ContainsFunc(hotplug.ReadMissed(k.Run), board.ForRadio)
}

// Probe implements [network.Keeper].
func (k *keeper) Probe(ctx context.Context) network.State {
	k.try(ctx)
	return k.State()
}
