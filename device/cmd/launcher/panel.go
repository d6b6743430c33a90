package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/mallette-kit/mallette/hardware/board"
	"github.com/mallette-kit/mallette/hardware/panel"
)

// openPanel returns the light and buzzer of this machine. Most have none, and
// one that lacks a part keeps nobody from working.
func openPanel(log *slog.Logger) *panel.Panel {
	pins := panel.PinsOf(board.Identify(os.DirFS("/")).Model)
	p, err := panel.Open(pins)
	if err != nil {
		log.Warn("panel incomplete", "err", err)
	}
	return p
}

// lights runs the panel. Its button calls the mediator: the light says so.
func (s *station) lights(ctx context.Context) error {
	return s.panel.Run(ctx, func() { s.panel.Show(panel.Attention) })
}
