package scan

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/hardware/reader"
)

// rest is the longest pause after a frame without a code.
const rest = 250 * time.Millisecond

// nap is the pause after a frame that shows nothing new.
const nap = 50 * time.Millisecond

// Pipeline turns what the devices see into readings.
type Pipeline struct {
	Sources []reader.Source
	Decoder func() *Decoder // nil: a zero Decoder for each source
	Publish func(Reading)   // may be called by several sources together
	Log     *slog.Logger
}

// Run reads every source until ctx is done and returns nil, or the first
// error of a source or [ErrStuck].
func (p Pipeline) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, source := range p.Sources {
		group.Go(func() error { return p.read(ctx, source) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("read devices: %w", err)
	}
	return nil
}

func (p Pipeline) read(ctx context.Context, source reader.Source) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	eye := eye{Pipeline: p, decoder: new(Decoder), stuck: cancel}
	if p.Decoder != nil {
		eye.decoder = p.Decoder()
	}
	if err := source.Run(ctx, func(c reader.Capture) { eye.see(ctx, c) }); err != nil {
		return fmt.Errorf("%s: %w", source.Name(), err)
	}
	return eye.failed
}

// eye follows one source.
type eye struct {
	Pipeline
	decoder *Decoder
	fold    Fold
	still   stillness
	sees    bool // the last frame had a code: the next may confirm or end it
	stuck   context.CancelCauseFunc
	failed  error
}

func (e *eye) see(ctx context.Context, c reader.Capture) {
	if c.Frame == nil {
		e.publish(ctx, Scanner, c.At, []Symbol{{Text: c.Text}})
		return
	}
	begun := time.Now()
	if !e.sees && e.still.unchanged(begun, c.Frame) {
		pause(ctx, nap)
		return
	}
	found, err := e.decoder.Decode(ctx, c.Frame)
	if err != nil {
		e.failed = err
		e.stuck(err)
		return
	}
	e.sees = len(found) > 0
	e.publish(ctx, Camera, c.At, found)
	if len(found) == 0 { // half a core at most is spent on looking
		pause(ctx, min(time.Since(begun), rest))
	}
}

func (e *eye) publish(ctx context.Context, from Source, at time.Time, found []Symbol) {
	for _, code := range e.fold.Fresh(at, found) {
		r := Reading{Code: code, Source: from, At: at}
		e.Log.InfoContext(ctx, "code shown", "reading", r)
		e.Publish(r)
	}
}
