package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/networktest"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

const roleEnv = "MALLETTE_TEST_ROLE"

// TestMain lets the test's own program be the network program, and the room
// that it stands in.
func TestMain(m *testing.M) {
	switch os.Getenv(roleEnv) {
	case "network":
		main()
	case "room":
		serveRoom(os.Args[1])
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// rig is a station with its network program, and a room.
type rig struct {
	*networktest.Rig
	t       *testing.T
	dir     string
	client  network.Client
	dnsmasq *exec.Cmd
	keeper  *exec.Cmd
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Rig: networktest.New(t, "dnsmasq"), t: t, dir: t.TempDir()}
	r.client = network.Client{Dir: r.path("run")}
	r.put("portal", "no")
	r.put("fleet", "yes")
	r.put("clock", "+2h")
	return r
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

// put tells the room how to behave.
func (r *rig) put(name, what string) {
	r.t.Helper()
	if err := os.WriteFile(r.path(name), []byte(what), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// dhcp answers in the room, with names or without.
func (r *rig) dhcp(names bool) {
	r.t.Helper()
	if r.dnsmasq != nil {
		r.dnsmasq.Process.Kill()
		r.dnsmasq.Wait()
	}
	port := "--port=53"
	if !names {
		port = "--port=0"
	}
	r.dnsmasq = r.Begin(r.Room, nil, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", port,
		"--bind-interfaces", "--interface=one", "--interface=two", "--except-interface=lo", "--address=/fleet.test/10.77.1.1", "--user=root",
		"--dhcp-range=10.77.1.50,10.77.1.90,2m", "--dhcp-range=10.77.2.50,10.77.2.90,2m", "--dhcp-authoritative", "--no-ping",
		"--dhcp-option=option:ntp-server,0.0.0.0", "--dhcp-option=option:dns-server,0.0.0.0",
		"--dhcp-leasefile="+r.path("leases"), "--pid-file="+r.path("pid"))
}

// room opens what the room has: see [serveRoom].
func (r *rig) room() { r.Begin(r.Room, []string{roleEnv + "=room"}, os.Args[0], r.dir) }

// start starts the network program.
func (r *rig) start(more ...string) {
	r.t.Helper()
	args := append([]string{os.Args[0], "--data", r.path("data"), "--run", r.path("run"), "--resolver", r.path("resolv.conf"),
		"--clock", "unset", "--server", "fleet.test:443", "--interface", "one", "--interface", "two"}, more...)
	r.keeper = r.Begin(r.Station, []string{roleEnv + "=network"}, args...)
}

// await waits for the state to be as wanted; the program leaves word of each.
func (r *rig) await(what string, is func(network.State) bool) network.State {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 90*time.Second)
	defer cancel()
	var last network.State
	found := watch.Until(ctx, r.path("run"), watch.Files, time.Second, func() bool {
		s, err := r.client.State(ctx)
		if err == nil {
			last = s
		}
		return err == nil && is(s)
	})
	if !found {
		r.t.Fatalf("state = %+v; want %s\n%s", last, what, r.Log)
	}
	return last
}

func (r *rig) reason(want network.Reason) network.State {
	r.t.Helper()
	return r.await(string(want), func(s network.State) bool { return !s.Online && s.Reason == want })
}

func (r *rig) online() network.State {
	r.t.Helper()
	return r.await("online", func(s network.State) bool { return s.Online })
}

// probe has the way out tried now, and wants its outcome.
func (r *rig) probe(want network.Reason) network.State {
	r.t.Helper()
	s, err := r.client.Probe(r.t.Context())
	if err != nil || s.Reason != want {
		r.t.Fatalf("Probe = %+v, %v; want %q\n%s", s, err, want, r.Log)
	}
	return s
}
