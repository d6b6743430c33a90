package dhcp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"
)

// kind is the type of a message (option 53).
type kind byte

const (
	discover kind = 1
	offer    kind = 2
	request  kind = 3
	ack      kind = 5
	nak      kind = 6
)

// The options that are sent or read (RFC 2132).
const (
	optMask    = 1
	optRouter  = 3
	optNames   = 6
	optClocks  = 42
	optWanted  = 50
	optExpire  = 51
	optKind    = 53
	optServer  = 54
	optAsk     = 55
	optMaxSize = 57
	optRenew   = 58
	optPad     = 0
	optEnd     = 255
)

// message is a message of either side.
type message struct {
	kind    kind
	id      uint32
	seconds time.Duration // since the conversation began
	mac     net.HardwareAddr
	client  netip.Addr // the address in use, when renewing
	yours   netip.Addr // the address given
	wanted  netip.Addr
	server  netip.Addr
	options map[byte][]byte // as read
}

const (
	headerSize  = 236
	cookie      = 0x63825363
	maxMessage  = 1472
	smallestMsg = 300 // what BOOTP relays let through
)

// payload is the message as BOOTP writes it.
func (m message) payload() []byte {
	b := make([]byte, headerSize, smallestMsg)
	b[0], b[1], b[2] = 1, 1, 6 // a question, on Ethernet
	binary.BigEndian.PutUint32(b[4:], m.id)
	binary.BigEndian.PutUint16(b[8:], uint16(min(m.seconds/time.Second, 0xffff)))
	if m.client.Is4() {
		copy(b[12:], m.client.AsSlice())
	} else {
		b[10] = 0x80 // answer to everybody: there is no address yet
	}
	copy(b[28:44], m.mac)
	b = binary.BigEndian.AppendUint32(b, cookie)
	b = append(b, optKind, 1, byte(m.kind))
	for _, o := range []struct {
		code byte
		addr netip.Addr
	}{{optWanted, m.wanted}, {optServer, m.server}} {
		if o.addr.Is4() {
			b = append(append(b, o.code, 4), o.addr.AsSlice()...)
		}
	}
	b = append(b, optMaxSize, 2, maxMessage>>8, maxMessage&0xff)
	b = append(b, optAsk, 6, optMask, optRouter, optNames, optClocks, optExpire, optRenew, optEnd)
	for len(b) < smallestMsg {
		b = append(b, optPad)
	}
	return b
}

// parse reads an answer; ok is false for anything else.
func parse(b []byte) (m message, ok bool) {
	if len(b) < headerSize+4 || b[0] != 2 || b[1] != 1 || b[2] != 6 || binary.BigEndian.Uint32(b[headerSize:]) != cookie {
		return message{}, false
	}
	m = message{
		id: binary.BigEndian.Uint32(b[4:]), mac: append(net.HardwareAddr(nil), b[28:34]...),
		yours: netip.AddrFrom4([4]byte(b[16:20])), options: options(b[headerSize+4:]),
	}
	if k := m.options[optKind]; len(k) == 1 {
		m.kind = kind(k[0])
	}
	if servers := m.addresses(optServer, 1); len(servers) == 1 {
		m.server = servers[0]
	}
	return m, true
}

// options reads the list; an option that is there twice is one (RFC 3396), one
// that is cut short ends it.
func options(b []byte) map[byte][]byte {
	list := map[byte][]byte{}
	for len(b) > 0 && b[0] != optEnd {
		if b[0] == optPad {
			b = b[1:]
			continue
		}
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			break
		}
		list[b[0]] = append(list[b[0]], b[2:2+int(b[1])]...)
		b = b[2+int(b[1]):]
	}
	return list
}

// addresses reads at most n usable addresses of an option.
func (m message) addresses(code byte, n int) []netip.Addr {
	var list []netip.Addr
	for b := m.options[code]; len(b) >= 4 && len(list) < n; b = b[4:] {
		if a := netip.AddrFrom4([4]byte(b[:4])); usable(a) {
			list = append(list, a)
		}
	}
	return list
}

// usable refuses what is no other machine's address.
func usable(a netip.Addr) bool {
	return a.Is4() && !a.IsUnspecified() && !a.IsLoopback() && !a.IsMulticast() && a.As4()[0] < 240 && a.As4()[0] != 0
}

// seconds reads a duration, bounded; otherwise is used when there is none.
func (m message) duration(code byte, otherwise time.Duration) time.Duration {
	b := m.options[code]
	if len(b) != 4 {
		return otherwise
	}
	d := time.Duration(binary.BigEndian.Uint32(b)) * time.Second
	return min(max(d, shortest), longest)
}

// A lease is kept for at least a minute, whatever a server says, and asked for
// again every month at the latest.
const (
	shortest = time.Minute
	longest  = 30 * 24 * time.Hour
	usual    = time.Hour // a server that does not say
)

// lease is what an acknowledgement gives.
func (m message) lease() (Lease, error) {
	mask := net.IPMask(m.options[optMask])
	ones, bits := mask.Size()
	if bits != 32 || ones == 0 {
		ones = 24 // an old or broken server; private networks are mostly this
	}
	if !usable(m.yours) {
		return Lease{}, ErrSilent // no server that means it answered
	}
	l := Lease{Address: netip.PrefixFrom(m.yours, ones), Names: m.addresses(optNames, 3), Clocks: m.addresses(optClocks, 4), Server: m.server}
	if routers := m.addresses(optRouter, 1); len(routers) == 1 && routers[0] != m.yours {
		l.Router = routers[0]
	}
	l.Expire = m.duration(optExpire, usual)
	l.Renew = min(m.duration(optRenew, l.Expire/2), l.Expire*7/8)
	return l, nil
}
