package clock

import (
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Why a time was refused; test with errors.Is.
var (
	// ErrPast says that the time is before the floor.
	ErrPast = errors.New("time is before the floor")
	// ErrFuture says that the time is implausibly far after the floor.
	ErrFuture = errors.New("time is implausibly far in the future")
	// ErrOutranked says that a better source of this boot says something else.
	ErrOutranked = errors.New("a better clock says otherwise")
	// ErrQuality says that nobody sets a clock to that quality.
	ErrQuality = errors.New("not a quality to set a clock to")
)

// A signed time and a clock never agree to the second, and a mediator may set
// the right day and the wrong hour: a day is where error ends and jump begins.
const jump = 24 * time.Hour

// horizon bounds how far after the floor a time is believed. The floor is at
// least the build time, and no release is meant to run for longer.
const horizon = 5 * 365 * 24 * time.Hour

// by is who set the clock, worst first.
type by uint8

const (
	byNobody by = iota
	byRTC
	byServer
	byMediator
	byNTP
)

func (b by) quality() pass.Quality {
	switch b {
	case byRTC:
		return pass.ClockRTC
	case byMediator:
		return pass.ClockMediator
	case byServer, byNTP: // a server that proved who it is keeps its time by NTP
		return pass.ClockNTP
	}
	return pass.ClockUnset
}

func rank(q pass.Quality) by {
	switch q {
	case pass.ClockRTC:
		return byRTC
	case pass.ClockMediator:
		return byMediator
	case pass.ClockNTP:
		return byNTP
	}
	return byNobody
}

// Set sets the clock to t, as a time server, a mediator or a battery clock
// told it. It fails with [ErrPast] more than a day before the floor, and with
// [ErrFuture] more than five years after it.
//
// Within a boot, ntp replaces everything, a mediator replaces a mediator, the
// fleet's server and rtc, and rtc only rtc. A worse source that agrees within
// a day with a better one changes nothing and is no error; otherwise it fails
// with [ErrOutranked].
func (c *Clock) Set(t time.Time, quality pass.Quality) error {
	r := rank(quality)
	if r == byNobody {
		return ErrQuality
	}
	return c.set(t, r)
}

// SetServer sets the clock to what the fleet's server said (d/time), received
// over mutual TLS; the quality becomes ntp. It follows the rules of
// [Clock.Set], ranked between rtc and mediator, except that it corrects a
// mediator's time by up to a day. It never moves the clock by more than a day
// once a mediator or a time server has set it in this boot.
func (c *Clock) SetServer(t time.Time) error { return c.set(t, byServer) }

func (c *Clock) set(t time.Time, who by) error {
	unlock, err := lockFile(c.lock)
	if err != nil {
		return fmt.Errorf("set clock: %w", err)
	}
	defer unlock()
	mono := c.source.Mono()
	old, floor := c.load()
	next, err := decide(old, floor, base{Boot: c.source.Boot(), Mono: mono, Wall: t.Round(0), By: who})
	if err != nil || next == old {
		return err
	}
	if err := c.keep(next); err != nil {
		return fmt.Errorf("set clock: %w", err)
	}
	c.setHost(t)
	return nil
}

// decide is the rule of [Clock.Set]: the base to use from now on.
func decide(old base, floor time.Time, want base) (base, error) {
	if err := plausible(want.Wall, floor); err != nil {
		return old, err
	}
	want.Vouched = old.Vouched || want.By >= byMediator
	if old.By == byNobody {
		return want, nil
	}
	near := want.Wall.Sub(old.at(want.Mono)).Abs() <= jump
	corrects := want.By == byServer && old.By == byMediator && near
	guarded := want.By == byServer && old.Vouched && !near
	switch {
	case guarded:
		return old, ErrOutranked
	case want.By >= old.By || corrects:
		return want, nil
	case near:
		return old, nil
	}
	return old, ErrOutranked
}

func plausible(t, floor time.Time) error {
	if t.Before(floor.Add(-jump)) {
		return ErrPast
	}
	if t.After(floor.Add(horizon)) {
		return ErrFuture
	}
	return nil
}

// setHost sets the host's clock where the station owns it. Our own clock is
// right already, so a failure is reported and not returned.
func (c *Clock) setHost(t time.Time) {
	if c.system {
		c.report(c.source.SetHost(t), "host clock not set")
	}
}
