package main

import (
	"context"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/dhcp"
	"github.com/mallette-kit/mallette/device/network/links"
)

// relook is how often interfaces are listed without a word of the kernel.
const relook = 30 * time.Second

// line is one interface and what it was given.
type line struct {
	links.Interface
	lease  *dhcp.Lease
	since  time.Time // of the carrier
	cancel context.CancelFunc
	done   chan struct{}
}

// keepLines follows the interfaces until ctx is done. A line lives as long as
// its interface is connected; leaving, the program leaves what works working.
func (k *keeper) keepLines(ctx context.Context) error {
	for {
		if err := k.follow(ctx); err != nil {
			k.log.Warn("interfaces not listed", "err", err)
		}
		if !wait(ctx, relook, k.look) {
			k.endAll()
			return ctx.Err()
		}
	}
}

func (k *keeper) endAll() {
	k.mu.Lock()
	ending := make([]*line, 0, len(k.lines))
	for _, l := range k.lines {
		ending = append(ending, l)
	}
	k.mu.Unlock()
	for _, l := range ending {
		l.end()
	}
}

// end waits for the line's conversation to stop.
func (l *line) end() {
	if l.cancel == nil {
		return
	}
	l.cancel()
	<-l.done
	l.cancel = nil
}

// follow brings the lines to what the kernel says there is.
func (k *keeper) follow(ctx context.Context) error {
	list, err := k.finder.List()
	if err != nil {
		return err
	}
	for index, l := range k.snapshot() {
		if !slices.ContainsFunc(list, func(i links.Interface) bool { return i.Index == index }) {
			k.drop(l)
		}
	}
	for _, i := range list {
		k.update(ctx, i)
	}
	k.allowRadio()
	k.radio.use(radioOf(list))
	return nil
}

// allowRadio takes back what a program, or the machine's last owner's key,
// switched off; what a switch holds off, only a hand switches on. A live stick
// leaves what the machine would remember.
func (k *keeper) allowRadio() {
	r := k.finder.Radio()
	if !r.Software && (!r.Kept || k.live) {
		return
	}
	if err := k.finder.Allow(k.live); err != nil {
		k.log.Info("radio not allowed", "err", err)
	}
}

func (k *keeper) snapshot() map[int]*line {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := make(map[int]*line, len(k.lines))
	for i, l := range k.lines {
		all[i] = l
	}
	return all
}

func radioOf(list []links.Interface) string {
	for _, i := range list {
		if i.Kind == network.WiFi {
			return i.Name
		}
	}
	return ""
}

// drop forgets an interface that is gone.
func (k *keeper) drop(l *line) {
	l.end()
	k.mu.Lock()
	delete(k.lines, l.Index)
	k.mu.Unlock()
	k.log.Info("interface gone", "interface", l.Name)
	k.leased()
}

// update follows one interface: switched on, and asked for an address while it
// is connected.
func (k *keeper) update(ctx context.Context, i links.Interface) {
	k.mu.Lock()
	l, known := k.lines[i.Index]
	if !known {
		l = &line{Interface: i}
		k.lines[i.Index] = l
		k.log.Info("interface found", "interface", i.Name, "kind", string(i.Kind))
	}
	before := l.cancel != nil
	l.Interface = i
	k.mu.Unlock()
	switch {
	case !i.Up:
		if err := links.SwitchOn(i); err != nil {
			k.log.Info("interface not switched on", "interface", i.Name, "err", err)
		}
	case i.Carrier && !before:
		k.start(ctx, l)
	case !i.Carrier && before:
		k.stop(l)
	}
}

func (k *keeper) start(ctx context.Context, l *line) {
	ctx, cancel := context.WithCancel(ctx)
	k.mu.Lock()
	l.since, l.cancel, l.done = time.Now(), cancel, make(chan struct{})
	i := l.Interface
	k.mu.Unlock()
	k.log.Info("interface connected", "interface", i.Name)
	go func() {
		defer close(l.done)
		k.keepLease(ctx, l, i)
	}()
}

// stop ends the line and takes its address: the room may be another one when
// the cable comes back.
func (k *keeper) stop(l *line) {
	l.end()
	k.log.Info("interface disconnected", "interface", l.Name)
	k.set(l, nil)
	if err := links.Clear(l.Interface); err != nil {
		k.log.Warn("address not removed", "interface", l.Name, "err", err)
	}
	k.leased()
}

func (k *keeper) set(l *line, lease *dhcp.Lease) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l.lease = lease
}
