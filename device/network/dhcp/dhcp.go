// Package dhcp obtains and renews an IPv4 address on one interface.
//
//	lease, err := client.Acquire(ctx) // asks until somebody answers or ctx is done
//	lease, err = client.Renew(ctx, lease)
//
// What a server answers is hostile input: options are read with their lengths
// checked, addresses that no machine can have are refused, times are bounded.
// A station tells a server the address of its network card, which every frame
// carries anyway, and nothing else: no name, no maker, no earlier address.
//
// The package configures nothing; who called it applies the lease.
package dhcp

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/mdlayher/packet"
)

// What an exchange fails with; test with errors.Is.
var (
	// ErrSilent says that no server answered.
	ErrSilent = errors.New("no dhcp server answered")
	// ErrRefused says that the server takes the address back.
	ErrRefused = errors.New("dhcp server refused the address")
)

// Lease is what a server gave, for a time.
type Lease struct {
	Address netip.Prefix
	Router  netip.Addr   // invalid: none
	Names   []netip.Addr // DNS servers, at most 3
	Clocks  []netip.Addr // time servers, at most 4
	Server  netip.Addr
	Renew   time.Duration // ask again after
	Expire  time.Duration // stop using it after
}

// Client asks on one interface. Tries is how long it waits for each answer in
// turn; nil waits 1, 2, 4, 8 and 8 seconds.
type Client struct {
	Interface *net.Interface
	Tries     []time.Duration
}

// Acquire asks for an address. It fails with [ErrSilent] when nobody offers
// one, with [ErrRefused] when it was offered and then refused.
func (c Client) Acquire(ctx context.Context) (Lease, error) {
	return c.exchange(ctx, func(t *talk) (Lease, error) {
		offer, err := t.ask(ctx, message{kind: discover}, offer)
		if err != nil {
			return Lease{}, err
		}
		answer, err := t.ask(ctx, message{kind: request, wanted: offer.yours, server: offer.server}, ack, nak)
		return leaseOf(answer, err)
	})
}

// Renew asks to keep a lease. It fails with [ErrRefused] when it must not be
// used any longer, with [ErrSilent] when nobody answered: it stays valid until
// it expires.
func (c Client) Renew(ctx context.Context, l Lease) (Lease, error) {
	return c.exchange(ctx, func(t *talk) (Lease, error) {
		answer, err := t.ask(ctx, message{kind: request, client: l.Address.Addr()}, ack, nak)
		return leaseOf(answer, err)
	})
}

func leaseOf(answer message, err error) (Lease, error) {
	if err != nil {
		return Lease{}, err
	}
	if answer.kind == nak {
		return Lease{}, ErrRefused
	}
	return answer.lease()
}

// exchange opens the interface for as long as a conversation takes: it would
// otherwise see every packet of the station.
func (c Client) exchange(ctx context.Context, do func(*talk) (Lease, error)) (Lease, error) {
	conn, err := packet.Listen(c.Interface, packet.Datagram, etherIPv4, nil)
	if err != nil {
		return Lease{}, fmt.Errorf("ask for an address: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	t := &talk{conn: conn, mac: c.Interface.HardwareAddr, tries: c.Tries, began: time.Now()}
	if len(t.tries) == 0 {
		t.tries = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second}
	}
	var id [4]byte
	rand.Read(id[:])
	t.id = binary.BigEndian.Uint32(id[:])
	l, err := do(t)
	if err != nil {
		return Lease{}, fmt.Errorf("ask for an address: %w", err)
	}
	return l, nil
}

const etherIPv4 = 0x0800

// talk is one conversation.
type talk struct {
	conn  *packet.Conn
	mac   net.HardwareAddr
	id    uint32
	tries []time.Duration
	began time.Time
}

// ask sends m until one of the wanted answers comes.
func (t *talk) ask(ctx context.Context, m message, wanted ...kind) (message, error) {
	for _, wait := range t.tries {
		if err := ctx.Err(); err != nil {
			return message{}, err
		}
		m.id, m.mac, m.seconds = t.id, t.mac, time.Since(t.began)
		if _, err := t.conn.WriteTo(m.packet(), &packet.Addr{HardwareAddr: broadcast()}); err != nil {
			return message{}, err
		}
		answer, err := t.hear(ctx, time.Now().Add(wait), m.server, wanted)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return answer, err
		}
	}
	return message{}, errors.Join(ErrSilent, ctx.Err())
}

func broadcast() net.HardwareAddr { return bytes.Repeat([]byte{0xff}, 6) }

// hear reads until an answer of this conversation comes.
func (t *talk) hear(ctx context.Context, until time.Time, server netip.Addr, wanted []kind) (message, error) {
	if err := t.conn.SetReadDeadline(until); err != nil {
		return message{}, err
	}
	if err := ctx.Err(); err != nil {
		return message{}, err // the line above has undone what ctx's end did
	}
	buf := make([]byte, 1600)
	for {
		n, _, err := t.conn.ReadFrom(buf)
		if err != nil {
			return message{}, err
		}
		m, ok := parsePacket(buf[:n])
		if !ok || m.id != t.id || !bytes.Equal(m.mac, t.mac) || !is(m.kind, wanted) {
			continue
		}
		if server.IsValid() && m.server != server && m.kind == ack {
			continue
		}
		return m, nil
	}
}

func is(k kind, wanted []kind) bool {
	for _, w := range wanted {
		if k == w {
			return true
		}
	}
	return false
}
