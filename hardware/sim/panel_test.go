package sim_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/panel"
	"github.com/mallette-kit/mallette/hardware/sim"
)

// face is what a program needs of a panel, simulated or not.
type face interface {
	Show(panel.Signal)
	Run(ctx context.Context, pressed func()) error
}

func TestPanelIsAPanel(t *testing.T) {
	var out strings.Builder
	presses := make(chan struct{})
	var p, _ face = &sim.Panel{Out: &out, Presses: presses}, panel.New(nil, nil, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done, pressed := make(chan error), make(chan bool)
	go func() { done <- p.Run(ctx, func() { pressed <- true }) }()
	p.Show(panel.Ready)
	p.Show(panel.Answered)
	presses <- struct{}{}
	<-pressed
	cancel()
	must(t, <-done)
	if out.String() != "ready\nanswered\n" {
		t.Errorf("written = %q; want ready, answered", out.String())
	}
}
