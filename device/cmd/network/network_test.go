package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// TestADay is a station's network from the morning: no cable, a dumb cable, a
// network with everything, a portal, a dead fleet, dead names, a second cable,
// the first one pulled. All packets are real.
func TestADay(t *testing.T) {
	r := newRig(t)
	r.cable("one", "10.77.1.1/24")
	r.cable("two", "10.77.2.1/24")
	r.begin(r.room, "room", os.Args[0], r.dir)
	r.start()
	r.reason(network.NoCable)
	r.plug("one")
	r.reason(network.NoAddress)

	r.dhcp(true)
	r.online()
	r.wants(r.in(r.station, "ip", "route"), "default via 10.77.1.1 dev one proto dhcp", "src 10.77.1.")
	r.wants(r.in(r.station, "ip", "addr", "show", "one"), "dynamic", "valid_lft 1") // goes by itself
	r.wants(r.read("resolv.conf"), "nameserver 10.77.1.1")
	r.wants(r.read("run/network.json"), `"online":true`)
	r.givenUp()
	r.knowsTheTime()

	r.put("portal", "yes")
	if s := r.probe(network.Portal); s.Portal != "http://portail.test/bienvenue" {
		t.Errorf("portal = %q; want the page that asks", s.Portal)
	}
	if text := r.read("run/network.json"); strings.Contains(text, "portail") {
		t.Errorf("network.json = %s; want no address in it", text)
	}
	r.put("portal", "no")
	r.probe("")
	r.put("fleet", "no")
	r.awaitClosed()
	r.probe(network.NoFleet)
	r.put("fleet", "yes")
	r.dhcp(false)
	r.probe(network.NoNames)
	r.dhcp(true)

	r.plug("two")
	r.await("two cables", func(s network.State) bool {
		return s.Online && len(s.Lines) == 2 && s.Lines[0].Leased && s.Lines[1].Leased
	})
	r.pull("one")
	r.await("the other cable", func(s network.State) bool { return s.Online && !s.Lines[0].Leased && s.Lines[1].Leased })
	if routes := r.in(r.station, "ip", "route"); strings.Contains(routes, "dev one") || !strings.Contains(routes, "default via 10.77.2.1 dev two") {
		t.Errorf("routes = %s; want the way out by the other cable alone", routes)
	}
	r.pull("two")
	r.reason(network.NoCable)
	if routes := r.in(r.station, "ip", "route"); routes != "" {
		t.Errorf("routes = %s; want none", routes)
	}
}

// TestImplausibleTime asks a server that is 40 years ahead.
func TestImplausibleTime(t *testing.T) {
	r := newRig(t)
	r.cable("one", "10.77.1.1/24")
	r.cable("two", "10.77.2.1/24")
	r.put("clock", "+350400h")
	r.begin(r.room, "room", os.Args[0], r.dir)
	r.dhcp(true)
	r.plug("one")
	r.start()
	r.reason(network.WrongClock)
	if now, quality := clock.Open(r.path("run"), r.path("data"), clock.ModeUnset).Now(); quality != pass.ClockUnset {
		t.Errorf("clock = %v, %v; want it unset", now, quality)
	}
}

func (r *rig) wants(text string, words ...string) {
	r.t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			r.t.Errorf("%s lacks %q\n%s", text, w, r.log)
		}
	}
}

func (r *rig) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// awaitClosed waits until the fleet's port is closed.
func (r *rig) awaitClosed() {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if !strings.Contains(r.in(r.room, "cat", "/proc/net/tcp6"), ":01BB 00000000000000000000000000000000:0000 0A") {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatal("the fleet's port stays open")
		}
	}
}

// givenUp reads which rights the running program has: three.
func (r *rig) givenUp() {
	r.t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", r.pid(), "status"))
	if err != nil {
		r.t.Fatal(err)
	}
	// NET_ADMIN is bit 12, NET_RAW 13, SYS_TIME 25.
	r.wants(string(status), "CapEff:\t0000000002003000", "CapPrm:\t0000000002003000", "CapBnd:\t0000000002003000", "NoNewPrivs:\t1")
}

// pid is that of the program itself: ip replaces itself by it.
func (r *rig) pid() string {
	return strings.TrimSpace(strings.SplitN(r.in(r.station, "ip", "netns", "pids", r.station), "\n", 2)[0])
}

// knowsTheTime reads the station's clock: what the time server said.
func (r *rig) knowsTheTime() {
	r.t.Helper()
	c := clock.Open(r.path("run"), r.path("data"), clock.ModeUnset)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		now, quality := c.Now()
		ahead := time.Until(now)
		if quality == pass.ClockNTP && ahead > 119*time.Minute && ahead < 121*time.Minute {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("clock = %v, %v; want two hours ahead, ntp\n%s", now, quality, r.log)
		}
	}
}
