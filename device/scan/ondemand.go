package scan

import (
	"context"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/hardware/reader"
)

// linger is how long a device stays on when nobody listens any more: a
// launcher that restarts is back by then.
const linger = 5 * time.Second

// OnDemand is a source that runs only while somebody listens to an Offer: the
// light of a camera is off when no pass is expected.
type OnDemand struct {
	reader.Source
	Offer *Offer
}

// Run implements [reader.Source].
func (d OnDemand) Run(ctx context.Context, emit func(reader.Capture)) error {
	for {
		if !d.Offer.await(ctx, true) {
			return nil
		}
		if err := d.runWhileWanted(ctx, emit); err != nil {
			return err
		}
	}
}

func (d OnDemand) runWhileWanted(ctx context.Context, emit func(reader.Capture)) error {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() {
		defer cancel()
		for d.Offer.await(ctx, false) {
			again, stop := context.WithTimeout(ctx, linger)
			wanted := d.Offer.await(again, true)
			stop()
			if !wanted {
				return
			}
		}
	})
	return d.Source.Run(ctx, emit)
}
