package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network"
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

// rig is a station and a room, each with a network of its own, and cables
// between them.
type rig struct {
	t             *testing.T
	station, room string // names of the network namespaces
	dir           string
	client        network.Client
	dnsmasq       *exec.Cmd
	keeper        *exec.Cmd
	log           *journal
}

// journal is what several programs write.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "needs root: network namespaces")
	}
	for _, program := range []string{"ip", "dnsmasq"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program+" is not installed")
		}
	}
	id := fmt.Sprintf("%d", os.Getpid())
	r := &rig{t: t, station: "kit-station-" + id, room: "kit-room-" + id, dir: t.TempDir(), log: &journal{}}
	r.client = network.Client{Dir: r.path("run")}
	for _, ns := range []string{r.station, r.room} {
		r.ip("netns", "add", ns)
		t.Cleanup(func() { exec.Command("ip", "netns", "del", ns).Run() })
		r.in(ns, "ip", "link", "set", "lo", "up")
	}
	r.put("portal", "no")
	r.put("fleet", "yes")
	r.put("clock", "+2h")
	return r
}

func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

// put tells the room how to behave.
func (r *rig) put(name, what string) {
	r.t.Helper()
	if err := os.WriteFile(r.path(name), []byte(what), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) ip(args ...string) string { return r.out(exec.Command("ip", args...)) }

func (r *rig) in(ns string, args ...string) string {
	return r.out(exec.Command("ip", append([]string{"netns", "exec", ns}, args...)...))
}

func (r *rig) out(cmd *exec.Cmd) string {
	r.t.Helper()
	text, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v: %s", strings.Join(cmd.Args, " "), err, text)
	}
	return string(text)
}

// cable lays a cable whose room end has an address, pulled.
func (r *rig) cable(name, address string) {
	r.t.Helper()
	r.ip("link", "add", name, "netns", r.station, "type", "veth", "peer", "name", name, "netns", r.room)
	r.in(r.room, "ip", "addr", "add", address, "dev", name)
}

func (r *rig) plug(name string) { r.in(r.room, "ip", "link", "set", name, "up") }
func (r *rig) pull(name string) { r.in(r.room, "ip", "link", "set", name, "down") }

// begin starts a program in a namespace until the test ends.
func (r *rig) begin(ns, role string, args ...string) *exec.Cmd {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "ip", append([]string{"netns", "exec", ns}, args...)...)
	if role != "" {
		cmd.Env = append(os.Environ(), roleEnv+"="+role)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Stdout, cmd.Stderr = r.log, r.log
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
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
	r.dnsmasq = r.begin(r.room, "", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", port,
		"--bind-interfaces", "--interface=one", "--interface=two", "--except-interface=lo", "--address=/fleet.test/10.77.1.1", "--user=root",
		"--dhcp-range=10.77.1.50,10.77.1.90,2m", "--dhcp-range=10.77.2.50,10.77.2.90,2m", "--dhcp-authoritative", "--no-ping",
		"--dhcp-option=option:ntp-server,0.0.0.0", "--dhcp-option=option:dns-server,0.0.0.0",
		"--dhcp-leasefile="+r.path("leases"), "--pid-file="+r.path("pid"))
}

// start starts the network program.
func (r *rig) start(more ...string) {
	r.t.Helper()
	args := append([]string{os.Args[0], "--data", r.path("data"), "--run", r.path("run"), "--resolver", r.path("resolv.conf"),
		"--clock", "unset", "--server", "fleet.test:443", "--interface", "one", "--interface", "two"}, more...)
	r.keeper = r.begin(r.station, "network", args...)
}

// await waits for the state to be as wanted.
func (r *rig) await(what string, is func(network.State) bool) network.State {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 90*time.Second)
	defer cancel()
	var last network.State
	for {
		s, err := r.client.State(ctx)
		if err == nil {
			last = s
		}
		if err == nil && is(s) {
			return s
		}
		select {
		case <-ctx.Done():
			r.t.Fatalf("state = %+v; want %s\n%s", last, what, r.log)
		case <-time.After(50 * time.Millisecond):
		}
	}
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
		r.t.Fatalf("Probe = %+v, %v; want %q\n%s", s, err, want, r.log)
	}
	return s
}
