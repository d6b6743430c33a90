package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/links"
	"github.com/mallette-kit/mallette/device/network/places"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// keeper is the network of a station: what is known of it, and the parts that
// keep it.
type keeper struct {
	flags
	log    *slog.Logger
	finder links.Finder
	book   *places.Book
	clock  *clock.Clock
	radio  *radio
	live   bool // somebody else's machine, or nobody knows whose

	look, probe, hour chan struct{} // what should be done soon
	began             time.Time

	resolving sync.Mutex // held while the resolver's file is written

	mu      sync.Mutex
	lines   map[int]*line // by interface index
	tried   trial
	denied  bool // a time server said what cannot be
	told    network.State
	isTold  bool
	changed time.Duration
}

func newKeeper(f flags, log *slog.Logger) (*keeper, error) {
	for _, dir := range []string{f.Data, f.Run} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make directories: %w", err)
		}
	}
	book, damaged, err := places.Open(filepath.Join(f.Data, "wifi"))
	if err != nil {
		return nil, err
	}
	if damaged {
		log.Error("wifi places damaged and set aside")
	}
	k := &keeper{flags: f, log: log, finder: links.Finder{Also: f.Interface}, book: book, live: live(log), began: time.Now(),
		look: make(chan struct{}, 1), probe: make(chan struct{}, 1), hour: make(chan struct{}, 1), lines: map[int]*line{}}
	options := []clock.Option{clock.WithLog(log)}
	if f.SetClock {
		options = append(options, clock.SetSystem())
	}
	k.clock = clock.Open(f.Run, f.Data, f.Clock, options...)
	k.radio = newRadio(k)
	k.takeJoin()
	return k, nil
}

// live reports whether the machine may be somebody else's. Where no first
// program said otherwise, it is.
func live(log *slog.Logger) bool {
	b, err := slot.ReadBoot(slot.BootPath)
	if err != nil && !errors.Is(err, slot.ErrHosted) {
		log.Warn("start not known", "err", err)
	}
	return err != nil || b.Live
}

// run keeps the network until ctx is done or the kernel stops telling.
func (k *keeper) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, part := range []func(context.Context) error{
		func(ctx context.Context) error { return links.Watch(ctx, func() { kick(k.look) }) },
		func(ctx context.Context) error { return network.Serve(ctx, k.Run, k, k.log) },
		k.keepLines, k.keepProbing, k.keepTime, k.keepTelling, k.radio.run,
	} {
		g.Go(func() error { return part(ctx) })
	}
	k.log.Info("network kept", "live", k.live)
	return g.Wait()
}

func kick(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// wait returns after d, or at a kick; false at the end.
func wait(ctx context.Context, d time.Duration, kicked <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-kicked:
	}
	return true
}
