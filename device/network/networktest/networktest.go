// Package networktest is two networks on one machine for tests: a station's and
// a room's, joined by cables that can be plugged and pulled, with programs that
// run in either. All packets are real. Only tests import it.
package networktest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/hardware/needs"
)

// Journal is what several programs write. It is safe for concurrent use.
type Journal struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements [io.Writer].
func (j *Journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// String is all that was written.
func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// Rig is a station and a room, each with a network of its own.
type Rig struct {
	Station, Room string // names of the network namespaces
	Log           *Journal

	t testing.TB
}

// New makes both, with nothing between them, until the test ends. It needs root,
// ip and the programs named.
func New(t testing.TB, programs ...string) *Rig {
	t.Helper()
	needs.Root(t, "nobody else may make networks")
	needs.Program(t, "ip", "iproute2")
	for _, program := range programs {
		needs.Program(t, program, program)
	}
	id := fmt.Sprintf("%d", os.Getpid())
	r := &Rig{Station: "kit-station-" + id, Room: "kit-room-" + id, Log: &Journal{}, t: t}
	for _, ns := range []string{r.Station, r.Room} {
		r.IP("netns", "add", ns)
		t.Cleanup(func() { exec.Command("ip", "netns", "del", ns).Run() })
		r.In(ns, "ip", "link", "set", "lo", "up")
	}
	return r
}

// IP runs ip of this machine and returns what it says.
func (r *Rig) IP(args ...string) string {
	r.t.Helper()
	return r.out(exec.Command("ip", args...))
}

// In runs a program in a namespace and returns what it says.
func (r *Rig) In(ns string, args ...string) string {
	r.t.Helper()
	return r.out(exec.Command("ip", append([]string{"netns", "exec", ns}, args...)...))
}

func (r *Rig) out(cmd *exec.Cmd) string {
	r.t.Helper()
	text, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v: %s", strings.Join(cmd.Args, " "), err, text)
	}
	return string(text)
}

// Cable lays a cable whose room end has an address, pulled.
func (r *Rig) Cable(name, address string) {
	r.t.Helper()
	r.IP("link", "add", name, "netns", r.Station, "type", "veth", "peer", "name", name, "netns", r.Room)
	r.In(r.Room, "ip", "addr", "add", address, "dev", name)
}

// Plug plugs a cable in.
func (r *Rig) Plug(name string) { r.In(r.Room, "ip", "link", "set", name, "up") }

// Pull pulls a cable.
func (r *Rig) Pull(name string) { r.In(r.Room, "ip", "link", "set", name, "down") }

// Begin starts a program in a namespace, with more in its environment, until the
// test ends.
func (r *Rig) Begin(ns string, env []string, args ...string) *exec.Cmd {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "ip", append([]string{"netns", "exec", ns}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Stdout, cmd.Stderr = r.Log, r.Log
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}
