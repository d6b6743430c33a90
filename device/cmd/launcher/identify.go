package main

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/hardware/panel"
)

// identifyPoll is how soon somebody who looks for this machine sees it.
const identifyPoll = time.Second

// finder makes the station easy to find while the agent's file asks for it.
type finder struct {
	path   string
	tray   *redeem.Tray
	signal func(panel.Signal)
	wanted atomic.Bool
}

func newFinder(runDir string, tray *redeem.Tray, show func(panel.Signal)) *finder {
	return &finder{path: filepath.Join(runDir, "identify"), tray: tray, signal: show}
}

// Run looks for the file until ctx is done.
func (f *finder) Run(ctx context.Context) error {
	return every(ctx, identifyPoll, func() error { f.look(); return nil })
}

func (f *finder) look() {
	_, err := os.Stat(f.path)
	wanted := err == nil
	if f.wanted.Swap(wanted) != wanted {
		f.tray.Wake()
	}
	if wanted {
		f.signal(panel.Attention)
	}
}
