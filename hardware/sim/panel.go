package sim

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/mallette-kit/mallette/hardware/panel"
)

// Panel is a panel that writes each signal on a line of its own. It has the
// methods of [panel.Panel].
type Panel struct {
	Out     io.Writer
	Presses <-chan struct{} // the button; nil: it has none

	mu sync.Mutex
}

// Show writes the signal.
func (p *Panel) Show(s panel.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.Out, s)
}

// Run calls pressed for each press until ctx is done.
func (p *Panel) Run(ctx context.Context, pressed func()) error {
	for {
		select {
		case <-p.Presses:
			if pressed != nil {
				pressed()
			}
		case <-ctx.Done():
			return nil
		}
	}
}
