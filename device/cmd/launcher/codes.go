package main

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// codeTime is how long a station shows a code before somebody has to ask again.
const codeTime = time.Hour

// codes asks a fleet for this station, one at a time. It begins only when
// somebody asked for it, and is gone once the station belongs to a fleet.
type codes struct {
	station *station
	away    bool // a fleet is another machine: an appliance has nothing to ask of itself
	wanted  chan string

	mu     sync.Mutex
	asked  kiosk.Asked
	cancel context.CancelFunc // of what runs; nil when nothing does
}

var _ kiosk.Codes = (*codes)(nil)

func newCodes(s *station) *codes {
	_, err := slot.ReadBoot(slot.BootPath)
	return &codes{station: s, away: err == nil, wanted: make(chan string, 1), asked: kiosk.Asked{Server: readJoin(s.p.Data).Server}}
}

// Ask implements [kiosk.Codes].
func (c *codes) Ask(server string) {
	c.Stop()
	c.mu.Lock()
	c.asked = kiosk.Asked{Server: server, Running: true}
	c.mu.Unlock()
	select {
	case <-c.wanted: // nobody wants the former one any more
	default:
	}
	c.wanted <- server
}

// Stop implements [kiosk.Codes].
func (c *codes) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.cancel()
	}
	c.asked.Running, c.asked.Code, c.asked.Problem = false, "", ""
}

// Asked implements [kiosk.Codes].
func (c *codes) Asked() kiosk.Asked {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// Run asks whenever somebody wants it.
func (c *codes) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case server := <-c.wanted:
			c.ask(ctx, server)
		}
	}
}

func (c *codes) ask(ctx context.Context, server string) {
	ctx, cancel := context.WithTimeout(ctx, codeTime)
	defer cancel()
	if !c.begin(server, cancel) {
		return
	}
	if c.away && !elsewhere(ctx, server) {
		c.end(server, enroll.KindUnreachable.French())
		return
	}
	token, err := enroll.Ask(ctx, server, c.station.clock.Floor, func(code enroll.Code) { c.show(server, code) })
	if err != nil {
		c.station.log.Warn("no token obtained", "why", string(enroll.KindOf(err)))
		c.end(server, enroll.KindOf(err).French())
		return
	}
	c.end(server, c.station.enroll(ctx, token))
}

// elsewhere reports whether a fleet's address is one of another machine. Anybody
// may type one on a station of no fleet, and this machine's own services are for
// its own programs. What cannot be looked up is told by whoever dials.
func elsewhere(ctx context.Context, server string) bool {
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		return true
	}
	if host == "" {
		return false
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	return err != nil || !slices.ContainsFunc(ips, func(ip netip.Addr) bool {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsUnspecified() || ip.IsLinkLocalUnicast() || ip.IsMulticast()
	})
}

// begin reports whether somebody still wants it.
func (c *codes) begin(server string, cancel context.CancelFunc) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked.Server != server || !c.asked.Running {
		return false
	}
	c.cancel = cancel
	return true
}

func (c *codes) show(server string, code enroll.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked.Server == server && c.asked.Running {
		c.asked.Code = code.String()
	}
}

// end says why nothing is asked any more, unless somebody asks another server
// by now or stopped it.
func (c *codes) end(server, problem string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel = nil
	if c.asked.Server == server && c.asked.Running {
		c.asked.Running, c.asked.Code, c.asked.Problem = false, "", problem
	}
}
