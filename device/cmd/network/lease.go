package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/device/network/dhcp"
	"github.com/mallette-kit/mallette/device/network/links"
)

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
