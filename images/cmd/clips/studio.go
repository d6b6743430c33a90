package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mallette-kit/mallette/device/voice"
	"github.com/mallette-kit/mallette/images/stage"
)

// The picture, in pixels, and how often it is taken while something moves.
const (
	width, height = 960, 600
	frame         = 125 * time.Millisecond
)

// studio is a station, a browser before it, and a voice.
type studio struct {
	dir     string
	station *stage.Station
	browser context.Context
	closers []func()
	voice   voice.Espeak
	at      struct{ x, y float64 } // of the arrow
}

func openStudio(ctx context.Context) (*studio, error) {
	dir, err := os.MkdirTemp("", "clips")
	if err != nil {
		return nil, err
	}
	s := &studio{dir: dir, station: &stage.Station{
		Bin: "build/bin", Dir: filepath.Join(dir, "station"), Listen: "127.0.0.1:0", Clock: "system", Log: func(string) io.Writer { return io.Discard },
	}}
	s.closers = append(s.closers, func() { os.RemoveAll(dir) })
	if err := s.station.Start(ctx); err != nil {
		s.close()
		return nil, fmt.Errorf("start the station (make build): %w", err)
	}
	s.closers = append(s.closers, func() { _ = s.station.Stop(context.WithoutCancel(ctx)) })
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("lang", "fr"), chromedp.Flag("hide-scrollbars", true), chromedp.WindowSize(width, height))
	browser, stop := chromedp.NewExecAllocator(ctx, flags...)
	s.closers = append(s.closers, stop)
	s.browser, stop = chromedp.NewContext(browser)
	s.closers = append(s.closers, stop)
	return s, s.begin()
}

// begin starts a person's session, as the welcome page asks.
func (s *studio) begin() error {
	return chromedp.Do(s.browser, chromedp.EmulateViewport(width, height), chromedp.Navigate(s.station.Kiosk()),
		chromedp.Click(chromedp.CSS("main form button")), chromedp.WaitReady("main"))
}

func (s *studio) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// open goes to a page of the station.
func (s *studio) open(page string) error {
	address, err := url.JoinPath(s.station.Kiosk(), page)
	if err != nil {
		return err
	}
	return chromedp.Do(s.browser, chromedp.Navigate(address), chromedp.WaitReady("main"))
}
