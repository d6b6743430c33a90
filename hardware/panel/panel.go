// Package panel is the light, the buzzer and the button on a station's case.
//
// A refusal has no signal of its own, on purpose: in a room full of people
// [Answered] looks and sounds the same whatever the answer, and the reason is
// on the mediator's screen. Most stations have no panel at all; showing a
// signal there does nothing.
package panel

import (
	"context"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Signal is what the panel can say.
type Signal string

// The signals.
const (
	Idle      Signal = "idle"      // nothing is expected
	Ready     Signal = "ready"     // show a pass
	Seen      Signal = "seen"      // a code has been read, the answer is coming
	Answered  Signal = "answered"  // the answer is on the screen, whatever it is
	Attention Signal = "attention" // the mediator is asked for
)

// debounce is the time in which a button's contacts settle.
const debounce = 50 * time.Millisecond

// poll bounds how long the end of Run waits for the button.
const poll = 200 * time.Millisecond

// Panel plays signals and hears the button. Parts may be nil.
type Panel struct {
	light, buzzer gpio.PinOut
	button        gpio.PinIn
	wanted        chan Signal
}

// New returns a panel of the parts that there are; nil is an absent part.
func New(light, buzzer gpio.PinOut, button gpio.PinIn) *Panel {
	return &Panel{light: light, buzzer: buzzer, button: button, wanted: make(chan Signal, 1)}
}

// Show plays a signal in the place of the one that plays. It never waits and
// may be called at any time from anywhere, also before and after Run.
func (p *Panel) Show(s Signal) {
	for {
		select {
		case p.wanted <- s:
			return
		default:
		}
		select { // the one not yet begun is out of date
		case <-p.wanted:
		default:
		}
	}
}

// Run plays and listens until ctx is done, then turns everything off and
// returns nil. It calls pressed, which may be nil, for each press.
func (p *Panel) Run(ctx context.Context, pressed func()) error {
	var hearing sync.WaitGroup
	defer hearing.Wait()
	if p.button != nil && pressed != nil {
		hearing.Go(func() { p.listen(ctx, pressed) })
	}
	defer p.set(step{})
	s := Idle
	for {
		next, ok := p.play(ctx, pattern(s))
		if !ok {
			return nil
		}
		s = next
	}
}

// play plays a pattern until there is another signal, or ctx is done.
func (p *Panel) play(ctx context.Context, steps []step) (Signal, bool) {
	for _, s := range steps {
		p.set(s)
		var over <-chan time.Time // nil for the last step: it stays
		if s.last > 0 {
			t := time.NewTimer(s.last)
			defer t.Stop()
			over = t.C
		}
		select {
		case next := <-p.wanted:
			return next, true
		case <-ctx.Done():
			return Idle, false
		case <-over:
		}
	}
	return Idle, true
}

// set switches the parts. A part that fails is as one that is absent: the
// screen says everything too.
func (p *Panel) set(s step) {
	if p.light != nil {
		_ = p.light.Out(gpio.Level(s.light))
	}
	if p.buzzer != nil {
		_ = p.buzzer.Out(gpio.Level(s.sound))
	}
}

// listen calls pressed each time the button goes down, to ground.
func (p *Panel) listen(ctx context.Context, pressed func()) {
	if p.button.In(gpio.PullUp, gpio.FallingEdge) != nil {
		return
	}
	var last time.Time
	for ctx.Err() == nil {
		if !p.button.WaitForEdge(poll) || time.Since(last) < debounce {
			continue
		}
		last = time.Now()
		pressed()
	}
}
