package uplink_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// header is what IPv4 and TCP add to each packet, time stamps included.
const header = 52

// meter leads to a server and counts what a line of its own would carry: bytes,
// and the packets that the kernel made of them, both ways.
type meter struct {
	l    net.Listener
	to   string
	done sync.WaitGroup

	mu     sync.Mutex
	bytes  int64
	before []reading // at each time that the station said something
	said   chan struct{}
	gone   int64 // packets of connections that have ended
	near   *net.TCPConn
}

type reading struct {
	at    time.Time
	bytes int64 // with headers
}

func newMeter(b *testing.B, to string) *meter {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	m := &meter{l: l, to: to, said: make(chan struct{}, 1)}
	m.done.Go(m.run)
	b.Cleanup(func() { l.Close(); m.done.Wait() })
	return m
}

// run carries one connection after the other.
func (m *meter) run() {
	for {
		near, err := m.l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", m.to)
		if err != nil {
			near.Close()
			continue
		}
		m.mu.Lock()
		m.near = near.(*net.TCPConn)
		m.mu.Unlock()
		var both sync.WaitGroup
		both.Go(func() { m.copy(far, near, true) })
		both.Go(func() { m.copy(near, far, false) })
		both.Wait()
		m.mu.Lock()
		m.gone += segments(m.near)
		m.near = nil
		m.mu.Unlock()
		near.Close()
	}
}

func (m *meter) copy(to, from net.Conn, up bool) {
	defer to.(*net.TCPConn).CloseWrite()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			m.count(n, up)
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (m *meter) count(n int, up bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if up {
		m.before = append(m.before, m.now())
		select {
		case m.said <- struct{}{}:
		default:
		}
	}
	m.bytes += int64(n)
}

// now is called with the lock held.
func (m *meter) now() reading {
	sent := m.gone
	if m.near != nil {
		sent += segments(m.near)
	}
	return reading{time.Now(), m.bytes + header*sent}
}

func (m *meter) read() reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now()
}

// segments is how many packets the kernel has sent and received.
func segments(c *net.TCPConn) (n int64) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n = int64(info.Segs_in) + int64(info.Segs_out)
		}
	})
	return n
}

// What is counted of each kind, to take the mean.
const counted = 3

// BenchmarkMonth prints what a station's connection costs on the line when nothing
// happens, for each thing that it does then: to connect, a sample of telemetry
// (asked for every ten seconds, to be quicker than a month), the sign of life that
// an idle connection gives, and a bare TLS handshake, which a look at the fleet's
// lists begins with.
func BenchmarkMonth(b *testing.B) {
	f := newFleet(b)
	m := newMeter(b, f.tls)
	k := newKit(b, f)
	samples := make(chan reading, 64)
	k.tune = func(c *uplink.Config) {
		c.Server = func() string { return m.l.Addr().String() }
		c.Reported = func() wire.Reported { return usualReport() }
		c.Telemetry = func(context.Context) wire.Telemetry { samples <- m.read(); return usualSample() }
		c.Timing = uplink.Timing{}
	}
	f.every(k, 10, samples)
	began := m.read()
	k.startAgent()
	list := []reading{<-samples}
	for range counted + 1 {
		list = append(list, <-samples)
	}
	k.stopAgent()
	sample := perOne(list[1:])
	figure(b, "station_sample", sample)
	figure(b, "station_connect", float64(list[1].bytes-began.bytes)-sample)
	figure(b, "station_sign_of_life", signOfLife(f, k, m, samples))
	figure(b, "station_handshake", handshake(b, f, m))
}

func figure(b *testing.B, name string, value float64) {
	b.Helper()
	fmt.Printf("\n%s %.0f bytes - -\n", name, value)
}

// every has the fleet ask for telemetry that often, and the station know it.
func (f *fleet) every(k *kit, seconds int, samples chan reading) {
	f.mu.Lock()
	version := uint64(len(f.got) + 1)
	f.mu.Unlock()
	f.tell(wire.KindDesired, &wire.Desired{Version: version, Role: wire.RoleStation, Mode: wire.ModeKiosk, TelemetrySeconds: seconds})
	k.startAgent()
	var r wire.Reported
	f.until("told", func() bool { return f.last(wire.KindReported, &r) && r.Version == version })
	k.stopAgent()
	for len(samples) > 0 {
		<-samples
	}
}

func perOne(list []reading) float64 {
	return float64(list[len(list)-1].bytes-list[0].bytes) / float64(len(list)-1)
}

// signOfLife waits for some, a few seconds apart instead of four minutes.
func signOfLife(f *fleet, k *kit, m *meter, samples chan reading) float64 {
	f.every(k, 86400, samples)
	tuned := k.tune
	k.tune = func(c *uplink.Config) { tuned(c); c.Timing.KeepAlive = 2 * time.Second }
	k.startAgent()
	defer k.stopAgent()
	<-samples
	start := m.read()
	for {
		<-m.said
		m.mu.Lock()
		list := apart(m.before, start.at)
		m.mu.Unlock()
		if len(list) > counted {
			return perOne(list[:counted+1])
		}
	}
}

// apart are the readings after a silence of a second.
func apart(all []reading, from time.Time) (list []reading) {
	for i, r := range all {
		if i > 0 && r.at.After(from) && r.at.Sub(all[i-1].at) > time.Second {
			list = append(list, r)
		}
	}
	return list
}

func handshake(b *testing.B, f *fleet, m *meter) float64 {
	b.Helper()
	start := m.read()
	config := withProtocol(f.me.TLS(func() time.Time { return time.Time{} }), "mqtt")
	conn, err := tls.Dial("tcp", m.l.Addr().String(), config)
	must(b, err)
	must(b, conn.Close())
	m.l.Close()
	m.done.Wait()
	return float64(m.read().bytes - start.bytes)
}

// usualSample is as long as a station's is.
func usualSample() wire.Telemetry {
	return wire.Telemetry{UptimeSeconds: 123456, Clock: pass.ClockNTP, MemoryTotal: 4012345678, MemoryFree: 2012345678, DiskTotal: 58123456789,
		DiskFree: 51234567890, Load1: 0.42, Celsius: 47.5, Readers: []string{"usb-05e0-1200"}}
}

func usualReport() wire.Reported {
	return wire.Reported{Place: "mairie-1", Trust: 412, Release: "2026.12.1", Status: map[string]uint64{"1/1": 7, "1/2": 9},
		Base: &wire.BaseState{Running: "2026.12.1", Slot: "a", Target: "2026.12.1", State: wire.BaseHealthy}}
}
