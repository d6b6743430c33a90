package links

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/dhcp"
)

// Metric orders the ways out: a cable before a telephone before a radio, and
// of two alike the first.
func Metric(i Interface) int {
	base := map[network.Kind]int{network.Wired: 100, network.Tether: 300, network.WiFi: 600}[i.Kind]
	return base + min(i.Index, 99)
}

// Apply gives the interface a lease: its address, until the lease ends, and
// the way out through its router. What it had before goes.
func Apply(i Interface, l dhcp.Lease) error {
	link := &netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: i.Index, Name: i.Name}}
	seconds := int(l.Expire / time.Second)
	address := &netlink.Addr{IPNet: ipNet(l.Address), ValidLft: seconds, PreferedLft: seconds}
	if err := netlink.AddrReplace(link, address); err != nil {
		return fmt.Errorf("set address: %w", err)
	}
	if err := clearBut(link, address.IPNet); err != nil {
		return err
	}
	if !l.Router.IsValid() {
		return nil
	}
	route := netlink.Route{
		LinkIndex: i.Index, Gw: net.IP(l.Router.AsSlice()), Priority: Metric(i),
		Protocol: unix.RTPROT_DHCP, Src: net.IP(l.Address.Addr().AsSlice()),
	}
	if !l.Address.Contains(l.Router) {
		route.Flags = int(netlink.FLAG_ONLINK)
	}
	if err := netlink.RouteReplace(&route); err != nil {
		return fmt.Errorf("set route: %w", err)
	}
	return nil
}

// Clear takes every IPv4 address from the interface; the routes go with them.
func Clear(i Interface) error {
	return clearBut(&netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: i.Index, Name: i.Name}}, nil)
}

func clearBut(link netlink.Link, keep *net.IPNet) error {
	list, err := netlink.AddrList(link, netlink.FAMILY_V4)
	if err != nil {
		return fmt.Errorf("list addresses: %w", err)
	}
	for _, a := range list {
		if keep != nil && a.IPNet.String() == keep.String() {
			continue
		}
		if err := netlink.AddrDel(link, &a); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) && !errors.Is(err, unix.ENODEV) {
			return fmt.Errorf("remove address: %w", err)
		}
	}
	return nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: net.IP(p.Addr().AsSlice()), Mask: net.CIDRMask(p.Bits(), 32)}
}
