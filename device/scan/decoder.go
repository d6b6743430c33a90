package scan

import (
	"context"
	"errors"
	"image"
	"time"
)

// ErrStuck is a decoder that has not come back from several frames. What
// still runs cannot be stopped from within: the program must start anew.
var ErrStuck = errors.New("decoder stuck")

const (
	budget   = 2 * time.Second // after which no new attempt at a frame is begun
	patience = 5 * time.Second // for the attempt that is under way
	maxLost  = 3               // frames that may be lost for ever
)

// Decoder reads frames with a deadline: one on which the decoder hangs is
// left behind and the next is read by another. Not for concurrent use; the
// zero value is ready.
type Decoder struct {
	Read func(context.Context, *image.Gray) []Symbol // nil: [Decode]

	lost int
}

// Decode returns the codes of a frame, none when it took too long, and
// ErrStuck when that has happened too often.
func (d *Decoder) Decode(ctx context.Context, frame *image.Gray) ([]Symbol, error) {
	read := d.Read
	if read == nil {
		read = Decode
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	done := make(chan []Symbol, 1)
	go func() { done <- guarded(ctx, read, frame) }()
	select {
	case found := <-done:
		return found, nil
	case <-ctx.Done():
		return d.late(done)
	}
}

// late waits for the attempt that is under way, whose context is done.
func (d *Decoder) late(done <-chan []Symbol) ([]Symbol, error) {
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case found := <-done:
		return found, nil
	case <-t.C:
	}
	if d.lost++; d.lost >= maxLost {
		return nil, ErrStuck
	}
	return nil, nil
}

func guarded(ctx context.Context, read func(context.Context, *image.Gray) []Symbol, frame *image.Gray) (found []Symbol) {
	defer func() {
		if recover() != nil {
			found = nil
		}
	}()
	return read(ctx, frame)
}
