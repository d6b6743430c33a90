package dhcp_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network/dhcp"
	"github.com/mallette-kit/mallette/hardware/needs"
)

const roleEnv = "MALLETTE_TEST_LEASE"

// TestMain lets the test's own program ask for a lease in a network namespace.
func TestMain(m *testing.M) {
	if lease, asked := os.LookupEnv(roleEnv); asked {
		askAs(lease)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// askAs prints what comes of asking: for a new address, or to keep one.
func askAs(lease string) {
	ifi, err := net.InterfaceByName("one")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c := dhcp.Client{Interface: ifi, Tries: []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}}
	var got dhcp.Lease
	if lease == "" {
		got, err = c.Acquire(ctx)
	} else {
		got, err = c.Renew(ctx, dhcp.Lease{Address: netip.MustParsePrefix(lease)})
	}
	switch {
	case errors.Is(err, dhcp.ErrSilent):
		fmt.Print("silent")
	case errors.Is(err, dhcp.ErrRefused):
		fmt.Print("refused")
	case err != nil:
		fmt.Print(err)
	default:
		fmt.Print(got.Address)
	}
}

// pair is two network namespaces and a cable between them.
type pair struct {
	t            *testing.T
	mine, theirs string
	dir          string
	server       *exec.Cmd
}

func newPair(t *testing.T) *pair {
	t.Helper()
	needs.Root(t, "nobody else may make networks")
	needs.Program(t, "dnsmasq", "dnsmasq")
	p := &pair{t: t, mine: fmt.Sprintf("kit-lease-%d", os.Getpid()), theirs: fmt.Sprintf("kit-server-%d", os.Getpid()), dir: t.TempDir()}
	for _, ns := range []string{p.mine, p.theirs} {
		p.run("ip", "netns", "add", ns)
		t.Cleanup(func() { exec.Command("ip", "netns", "del", ns).Run() })
	}
	p.run("ip", "link", "add", "one", "netns", p.mine, "type", "veth", "peer", "name", "two", "netns", p.theirs)
	p.run("ip", "-n", p.mine, "link", "set", "one", "up")
	p.run("ip", "-n", p.theirs, "addr", "add", "10.77.1.1/24", "dev", "two")
	p.run("ip", "-n", p.theirs, "link", "set", "two", "up")
	return p
}

func (p *pair) run(args ...string) {
	p.t.Helper()
	if text, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, text)
	}
}

// serve starts a server that gives one address, in place of the one before.
func (p *pair) serve(address string) {
	p.t.Helper()
	p.stop()
	p.server = exec.CommandContext(p.t.Context(), "ip", "netns", "exec", p.theirs, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
		"--port=0", "--bind-interfaces", "--interface=two", "--user=root", "--no-ping", "--dhcp-authoritative",
		"--dhcp-range="+address+","+address+",2m", "--dhcp-leasefile="+filepath.Join(p.t.TempDir(), "leases"), "--pid-file="+filepath.Join(p.dir, "pid"))
	if err := p.server.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(p.stop)
}

func (p *pair) stop() {
	if p.server != nil {
		p.server.Process.Kill()
		p.server.Wait()
		p.server = nil
	}
}

func (p *pair) ask(lease string) string {
	p.t.Helper()
	cmd := exec.Command("ip", "netns", "exec", p.mine, os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+lease)
	text, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("ask: %v: %s", err, text)
	}
	return string(text)
}

// TestARealServer asks, keeps and loses an address, in real packets.
func TestARealServer(t *testing.T) {
	p := newPair(t)
	if got := p.ask(""); got != "silent" {
		t.Errorf("no server: got %s; want silence told", got)
	}
	p.serve("10.77.1.60")
	got := p.ask("")
	for range 3 { // it may not have opened its port yet
		if got != "silent" {
			break
		}
		got = p.ask("")
	}
	if got != "10.77.1.60/24" {
		t.Fatalf("Acquire = %s; want 10.77.1.60/24", got)
	}
	p.run("ip", "-n", p.mine, "addr", "add", got, "dev", "one")
	if again := p.ask(got); again != got {
		t.Errorf("Renew = %s; want %s", again, got)
	}
	p.serve("10.77.1.61")
	if again := p.ask(got); again != "refused" {
		t.Errorf("Renew at another server = %s; want it refused", again)
	}
	p.stop()
	if again := p.ask(got); again != "silent" {
		t.Errorf("Renew without a server = %s; want silence told", again)
	}
}
