package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

// TestADay is a station's network from the morning: no cable, a dumb cable, a
// network with everything, a portal, a dead fleet, dead names, a second cable,
// the first one pulled. All packets are real.
func TestADay(t *testing.T) {
	r := newRig(t)
	r.Cable("one", "10.77.1.1/24")
	r.Cable("two", "10.77.2.1/24")
	r.room()
	r.start()
	r.reason(network.NoCable)
	r.Plug("one")
	r.reason(network.NoAddress)

	r.dhcp(true)
	r.online()
	r.wants(r.In(r.Station, "ip", "route"), "default via 10.77.1.1 dev one proto dhcp", "src 10.77.1.")
	r.wants(r.In(r.Station, "ip", "addr", "show", "one"), "dynamic", "valid_lft 1") // goes by itself
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

	r.Plug("two")
	r.await("two cables", func(s network.State) bool {
		return s.Online && len(s.Lines) == 2 && s.Lines[0].Leased && s.Lines[1].Leased
	})
	if addresses := r.In(r.Station, "ip", "-6", "address", "show", "scope", "link"); addresses != "" {
		t.Errorf("addresses = %s; want none of IPv6", addresses)
	}
	r.Pull("one")
	r.await("the other cable", func(s network.State) bool { return s.Online && !s.Lines[0].Leased && s.Lines[1].Leased })
	if routes := r.In(r.Station, "ip", "route"); strings.Contains(routes, "dev one") || !strings.Contains(routes, "default via 10.77.2.1 dev two") {
		t.Errorf("routes = %s; want the way out by the other cable alone", routes)
	}
	r.Pull("two")
	r.reason(network.NoCable)
	if routes := r.In(r.Station, "ip", "route"); routes != "" {
		t.Errorf("routes = %s; want none", routes)
	}
}

// TestImplausibleTime asks a server that is 40 years ahead.
func TestImplausibleTime(t *testing.T) {
	r := newRig(t)
	r.Cable("one", "10.77.1.1/24")
	r.Cable("two", "10.77.2.1/24")
	r.put("clock", "+350400h")
	r.room()
	r.dhcp(true)
	r.Plug("one")
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
			r.t.Errorf("%s lacks %q\n%s", text, w, r.Log)
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
	r.changes(r.dir, "the fleet's port is closed", func() bool { return r.read(fleetIs) == "no" })
}

// changes looks at each change in a folder until it is as wanted.
func (r *rig) changes(dir, what string, ok func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	if !watch.Until(ctx, dir, watch.Files, time.Minute, ok) {
		r.t.Fatalf("waited in vain: %s\n%s", what, r.Log)
	}
}

// givenUp reads which rights the running program has: three.
func (r *rig) givenUp() {
	r.t.Helper()
	pid := r.keeper.Process.Pid // ip replaces itself by the program
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		r.t.Fatal(err)
	}
	// NET_ADMIN is bit 12, NET_RAW 13, SYS_TIME 25.
	r.wants(string(status), "CapEff:\t0000000002003000", "CapPrm:\t0000000002003000", "CapBnd:\t0000000002003000", "NoNewPrivs:\t1")
}

// knowsTheTime reads the station's clock: what the time server said.
func (r *rig) knowsTheTime() {
	r.t.Helper()
	c := clock.Open(r.path("run"), r.path("data"), clock.ModeUnset)
	r.changes(r.path("run"), "two hours ahead, by a time server", func() bool {
		now, quality := c.Now()
		ahead := time.Until(now)
		return quality == pass.ClockNTP && ahead > 119*time.Minute && ahead < 121*time.Minute
	})
}
