package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/evdev"
	"github.com/mallette-kit/mallette/hardware/reader/opener"
	"github.com/mallette-kit/mallette/hardware/reader/v4l2"
	"github.com/mallette-kit/mallette/hardware/sim"
)

// Errors that end reading.
var (
	errNoSocket = errors.New("no socket was passed on")
	errNoGuard  = errors.New("the program that opens devices is gone")
)

// read offers what the devices see until ctx is done.
func (c command) read(ctx context.Context, log *slog.Logger, scanners evdev.Scanners) error {
	ln, err := socket()
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("hide memory: %w", err)
	}
	offer := new(scan.Offer)
	cameras := v4l2.Cameras{Log: log, Opened: offer.Opened}
	scanners.Opened = offer.Opened
	group, ctx := errgroup.WithContext(ctx)
	if end := inherited(openerEnv); end != nil {
		client, err := opener.NewClient(end)
		if err != nil {
			return err
		}
		scanners.Open, cameras.Open = client.Open, through(client)
		go func() { client.Gone(); ln.Close() }() // ends Offer.Run, then all
	}
	watched := scan.OnDemand{Source: cameras, Offer: offer}
	pipeline := scan.Pipeline{Sources: c.sources(log, offer.Opened, scanners, watched), Publish: offer.Publish, Log: log}
	group.Go(func() error { return errors.Join(offer.Run(ctx, ln), ended(ctx)) })
	group.Go(func() error { return pipeline.Run(ctx) })
	log.Info("passreader started", "sources", len(pipeline.Sources), "uid", unix.Getuid(), "landlock", os.Getenv(wallEnv))
	return group.Wait()
}

// ended is errNoGuard when serving ended before it was told to.
func ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	return errNoGuard
}

func socket() (net.Listener, error) {
	f := inherited(socketEnv)
	if f == nil {
		return nil, errNoSocket
	}
	defer f.Close()
	ln, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("take over the socket: %w", err)
	}
	return ln, nil
}

func through(c *opener.Client) func(string) (v4l2.Node, error) {
	return func(path string) (v4l2.Node, error) {
		f, err := c.Open(path)
		if err != nil {
			return nil, err
		}
		return v4l2.NodeOf(f)
	}
}

// sources are the devices that were asked for.
func (c command) sources(log *slog.Logger, opened reader.Opened, scanners, cameras reader.Source) []reader.Source {
	var all []reader.Source
	if !c.NoEvdev {
		all = append(all, scanners)
	}
	if !c.NoV4L {
		all = append(all, cameras)
	}
	if c.SimCamera != "" {
		all = append(all, sim.Camera{Dir: c.SimCamera, Log: log, Opened: opened})
	}
	if c.SimScanner != "" {
		all = append(all, sim.Scanner{Path: c.SimScanner, Opened: opened})
	}
	return all
}
