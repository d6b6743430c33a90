package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
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
// switched off; what a switch holds off, only a hand switches on.
func (k *keeper) allowRadio() {
	if !k.finder.Radio().Software {
		return
	}
	if err := k.finder.Allow(); err != nil {
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

// keepLease holds an address for as long as the interface is connected.
func (k *keeper) keepLease(ctx context.Context, l *line, i links.Interface) {
	client := dhcp.Client{Interface: &net.Interface{Index: i.Index, Name: i.Name, HardwareAddr: i.MAC, MTU: 1500}}
	for pause := time.Second; ctx.Err() == nil; pause = min(2*pause, 30*time.Second) {
		lease, err := client.Acquire(ctx)
		if err == nil {
			pause = time.Second
			err = k.hold(ctx, client, l, i, lease)
		}
		if ctx.Err() != nil {
			return
		}
		k.log.Info("no address", "interface", i.Name, "err", err)
		wait(ctx, pause, nil)
	}
}

// hold applies a lease and renews it until that fails; then the address goes.
func (k *keeper) hold(ctx context.Context, c dhcp.Client, l *line, i links.Interface, lease dhcp.Lease) error {
	until := time.Now().Add(lease.Expire)
	for {
		if err := links.Apply(i, lease); err != nil {
			return err
		}
		k.log.Info("address held", "interface", i.Name, "router", lease.Router.IsValid(), "names", len(lease.Names))
		k.set(l, &lease)
		k.leased()
		next, err := k.renew(ctx, c, lease, until)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			k.set(l, nil)
			k.leased()
			return errors.Join(err, links.Clear(i))
		}
		lease, until = next, time.Now().Add(next.Expire)
	}
}

// renew asks in time, and again until the lease ends.
func (k *keeper) renew(ctx context.Context, c dhcp.Client, lease dhcp.Lease, until time.Time) (dhcp.Lease, error) {
	pause := lease.Renew
	for wait(ctx, pause, nil) {
		next, err := c.Renew(ctx, lease)
		switch {
		case err == nil, errors.Is(err, dhcp.ErrRefused):
			return next, err
		case time.Now().After(until):
			return dhcp.Lease{}, err
		}
		pause = max(time.Until(until)/4, 5*time.Second)
	}
	return dhcp.Lease{}, ctx.Err()
}

// leased follows a change of any lease: the resolver, then the way out.
func (k *keeper) leased() {
	k.resolve()
	k.mu.Lock()
	k.tried = trial{}
	k.mu.Unlock()
	kick(k.probe)
	kick(k.hour)
}

// resolve writes the resolver's file: lines change at the same time.
func (k *keeper) resolve() {
	k.resolving.Lock()
	defer k.resolving.Unlock()
	names, _ := k.servers()
	if err := links.WriteResolver(k.Resolver, names); err != nil {
		k.log.Warn("resolver not written", "err", err)
	}
}

// servers are the name and time servers of all leases, the best line's first.
func (k *keeper) servers() (names, clocks []netip.Addr) {
	for _, l := range k.held() {
		names, clocks = append(names, l.lease.Names...), append(clocks, l.lease.Clocks...)
	}
	return unique(names), unique(clocks)
}

// held are the lines with a lease, the best first.
func (k *keeper) held() []line {
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []line
	for _, l := range k.lines {
		if l.lease != nil {
			list = append(list, line{Interface: l.Interface, lease: l.lease})
		}
	}
	slices.SortFunc(list, func(a, b line) int { return links.Metric(a.Interface) - links.Metric(b.Interface) })
	return list
}

func unique(list []netip.Addr) []netip.Addr {
	var out []netip.Addr
	for _, a := range list {
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
