package dhcp_test

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network/dhcp"
)

func option(code byte, data ...byte) []byte { return append([]byte{code, byte(len(data))}, data...) }

func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func TestLeaseOfAnAnswer(t *testing.T) {
	yours := [4]byte{192, 168, 1, 34}
	home := netip.MustParsePrefix("192.168.1.34/24")
	tests := []struct {
		name   string
		packet []byte
		want   dhcp.Lease
		ok     bool
	}{
		{"a box at home", dhcp.Answer(5, yours, option(1, 255, 255, 255, 0), option(3, 192, 168, 1, 1), option(6, 192, 168, 1, 1, 9, 9, 9, 9),
			option(42, 192, 168, 1, 1), option(51, 0, 1, 81, 128), option(54, 192, 168, 1, 1)),
			dhcp.Lease{Address: home, Router: netip.MustParseAddr("192.168.1.1"), Names: addrs("192.168.1.1", "9.9.9.9"), Clocks: addrs("192.168.1.1"),
				Server: netip.MustParseAddr("192.168.1.1"), Expire: 24 * time.Hour, Renew: 12 * time.Hour}, true},
		{"says nothing more", dhcp.Answer(5, yours), dhcp.Lease{Address: home, Expire: time.Hour, Renew: 30 * time.Minute}, true},
		{"two routers, short options", dhcp.Answer(5, yours, option(3, 10, 0, 0, 1, 10, 0, 0, 2), option(6, 1, 2), option(51, 1), option(58)),
			dhcp.Lease{Address: home, Router: netip.MustParseAddr("10.0.0.1"), Expire: time.Hour, Renew: 30 * time.Minute}, true},
		{"one second, for ever", dhcp.Answer(5, yours, option(51, 0, 0, 0, 1), option(58, 255, 255, 255, 255)),
			dhcp.Lease{Address: home, Expire: time.Minute, Renew: time.Minute * 7 / 8}, true},
		{"itself as router and name server", dhcp.Answer(5, yours, option(3, 192, 168, 1, 34), option(6, 127, 0, 0, 1)),
			dhcp.Lease{Address: home, Expire: time.Hour, Renew: 30 * time.Minute}, true},
		{"loopback as an address", dhcp.Answer(5, [4]byte{127, 0, 0, 1}), dhcp.Lease{}, false},
		{"no address", dhcp.Answer(5, [4]byte{}), dhcp.Lease{}, false},
		{"multicast", dhcp.Answer(5, [4]byte{224, 0, 0, 1}), dhcp.Lease{}, false},
		{"cut short", dhcp.Answer(5, yours)[:200], dhcp.Lease{}, false},
	}
	for _, tt := range tests {
		got, ok := dhcp.ParseLease(tt.packet)
		if ok != tt.ok || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: lease = %+v, %v; want %+v, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzParsePacket(f *testing.F) {
	f.Add(dhcp.Answer(5, [4]byte{10, 0, 0, 7}, option(51, 0, 0, 1, 0)))
	f.Add(dhcp.Answer(2, [4]byte{10, 0, 0, 7}, option(3), []byte{6, 200, 1}))
	f.Add([]byte{0x45})
	f.Fuzz(func(t *testing.T, b []byte) {
		l, ok := dhcp.ParseLease(b)
		if ok && (!l.Address.IsValid() || l.Renew > l.Expire || l.Renew <= 0 || len(l.Names) > 3 || len(l.Clocks) > 4) {
			t.Errorf("ParseLease = %+v; want a lease that can be used", l)
		}
	})
}
