// Package links is the machine's network interfaces: which there are, what
// they are connected by, and what a lease makes of them.
//
// It asks the kernel over rtnetlink and reads /sys to tell a cable from a
// telephone from a radio. An address is given to the kernel with its end, so
// that it goes by itself when the program that renews it has died. It never
// touches loopback or an interface that is not hardware, unless that is named.
package links

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/network"
)

// Interface is one of the machine's own.
type Interface struct {
	Index   int
	Name    string
	MAC     net.HardwareAddr
	Kind    network.Kind
	Up      bool // switched on
	Carrier bool // connected
}

// Finder lists interfaces. Also names some that are no hardware and are used
// all the same; Sys is "/sys" unless a test has another.
type Finder struct {
	Also []string
	Sys  string
}

// List returns the interfaces, in the kernel's order.
func (f Finder) List() ([]Interface, error) {
	all, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	var list []Interface
	for _, l := range all {
		a := l.Attrs()
		if a.Flags&net.FlagLoopback != 0 || len(a.HardwareAddr) != 6 || !f.ours(a.Name) {
			continue
		}
		list = append(list, Interface{
			Index: a.Index, Name: a.Name, MAC: a.HardwareAddr, Kind: f.kind(a.Name),
			Up: a.RawFlags&unix.IFF_UP != 0, Carrier: a.RawFlags&unix.IFF_RUNNING != 0,
		})
	}
	return list, nil
}

func (f Finder) path(name string, rest ...string) string {
	sys := f.Sys
	if sys == "" {
		sys = "/sys"
	}
	return filepath.Join(append([]string{sys, "class/net", name}, rest...)...)
}

func (f Finder) ours(name string) bool {
	if slices.Contains(f.Also, name) {
		return true
	}
	_, err := os.Stat(f.path(name, "device"))
	return err == nil
}

// kind tells a radio by what the kernel hangs below it, and a telephone by the
// driver of its USB network. Some USB cables share a driver with telephones:
// they come second to a built-in one, and work as well.
func (f Finder) kind(name string) network.Kind {
	for _, sign := range []string{"phy80211", "wireless"} {
		if _, err := os.Stat(f.path(name, sign)); err == nil {
			return network.WiFi
		}
	}
	driver, err := os.Readlink(f.path(name, "device", "driver"))
	if err != nil {
		return network.Wired
	}
	switch filepath.Base(driver) {
	case "rndis_host", "cdc_ether", "cdc_ncm", "cdc_mbim", "ipheth":
		return network.Tether
	}
	return network.Wired
}

// Watch calls changed whenever an interface comes, goes or changes, until ctx
// is done or the kernel stops telling.
func Watch(ctx context.Context, changed func()) error {
	updates, done := make(chan netlink.LinkUpdate, 64), make(chan struct{})
	var once onceError
	err := netlink.LinkSubscribeWithOptions(updates, done, netlink.LinkSubscribeOptions{ErrorCallback: once.set})
	if err != nil {
		return fmt.Errorf("watch interfaces: %w", err)
	}
	defer close(done)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, ok := <-updates:
			if !ok {
				return fmt.Errorf("watch interfaces: %w", once.get())
			}
			changed()
		}
	}
}

// SwitchOn brings an interface up, so that it can tell whether it is connected.
// Without IPv6: a station asks for no such address, and the kernel would speak by
// itself, on a cable that leads nowhere too.
func SwitchOn(i Interface) error {
	err := os.WriteFile(filepath.Join("/proc/sys/net/ipv6/conf", i.Name, "disable_ipv6"), []byte("1"), 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a kernel without IPv6
		return fmt.Errorf("switch interface on: %w", err)
	}
	if err := netlink.LinkSetUp(&netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: i.Index}}); err != nil {
		return fmt.Errorf("switch interface on: %w", err)
	}
	return nil
}
