package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/screen"
)

// below are the processes of a session, by a word of their command line.
func below(t testing.TB, first int, word string) (pids []int) {
	t.Helper()
	children := map[int][]int{}
	for _, dir := range glob("/proc/[0-9]*") {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			children[parent(pid)] = append(children[parent(pid)], pid)
		}
	}
	for queue := []int{first}; len(queue) > 0; queue = queue[1:] {
		queue = append(queue, children[queue[0]]...)
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", queue[0])); err == nil && strings.Contains(string(text), word) {
			pids = append(pids, queue[0])
		}
	}
	return pids
}

// state is a line of a process's status.
func state(t *testing.T, pid int, name string) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func namespace(t *testing.T, pid int, kind string) string {
	t.Helper()
	name, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// The browser's own sandbox is on inside ours: what draws pages is in
// namespaces of its own, under filters of its own, with no right at all.
func TestBrowserKeepsItsOwnSandbox(t *testing.T) {
	r := start(t)
	r.painted()
	first := r.first()
	pages := below(t, first, "--type=renderer")
	if len(pages) == 0 {
		t.Fatal("no process draws pages")
	}
	for _, pid := range pages {
		for _, kind := range []string{"user", "pid", "net"} {
			if got := namespace(t, pid, kind); got == namespace(t, first, kind) {
				t.Errorf("page process shares the session's %s namespace %s; want its own", kind, got)
			}
		}
		filters, err := strconv.Atoi(state(t, pid, "Seccomp_filters"))
		if err != nil || filters < 2 {
			t.Errorf("page process is under %d filters of system calls, %v; want the session's and the browser's", filters, err)
		}
		if got := state(t, pid, "CapEff"); got != "0000000000000000" {
			t.Errorf("page process has rights %s; want none", got)
		}
	}
	for _, pid := range below(t, first, "chromium") {
		if uid, nnp := state(t, pid, "Uid"), state(t, pid, "NoNewPrivs"); !strings.HasPrefix(uid, "1000") || nnp != "1" {
			t.Errorf("browser process runs as %s, no new rights %s; want 1000 and 1", uid, nnp)
		}
	}
}

// A kiosk's network is loopback alone, and on it goes nothing but the pages
// and the browser's word about them.
func TestNoPacketLeavesTheKiosk(t *testing.T) {
	r := start(t)
	r.painted()
	first := r.first()
	var wire int
	err := within(first, func() (err error) {
		links, err := net.Interfaces()
		if err != nil || len(links) != 1 || links[0].Name != "lo" {
			return fmt.Errorf("interfaces %v, %v; want loopback alone", links, err)
		}
		wire, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(binary.BigEndian.Uint16([]byte{unix.ETH_P_ALL >> 8, unix.ETH_P_ALL & 0xff}))<<8)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(wire)
	r.order(screen.Order{Want: screen.WantDark, Off: true}) // nothing that the browser would notice
	seen := ports(t, wire, 5*time.Second)
	for port := range seen {
		if port != 8080 && port != 9222 {
			t.Errorf("packets of port %d; want those of the pages and of the browser only", port)
		}
	}
	if len(seen) == 0 {
		t.Error("nothing was captured; want the pages' own packets as a proof that capturing works")
	}
}

// ports are the servers' ports of the packets that pass within a time.
func ports(t *testing.T, wire int, within time.Duration) map[uint16]bool {
	t.Helper()
	seen := map[uint16]bool{}
	limit := unix.NsecToTimeval(int64(time.Second))
	if err := unix.SetsockoptTimeval(wire, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1<<16)
	for late := time.Now().Add(within); time.Now().Before(late); {
		n, _, err := unix.Recvfrom(wire, buf, 0)
		if err != nil || n < 38 {
			continue
		}
		from, to := binary.BigEndian.Uint16(buf[34:]), binary.BigEndian.Uint16(buf[36:])
		seen[min(from, to)] = true
	}
	return seen
}

// A stick's files are the person's to read and write, and nothing on it runs.
func TestStickIsDeadWeight(t *testing.T) {
	work, share := room(t)
	stick := fileSystem(t)
	v := begin(t, screen.Help, work, share)
	if err := unix.Mount(stick, share, "ext4", stickFlags, ""); err != nil {
		t.Fatal(err)
	}
	at := homeFolder(stickName)
	if got := v.do(true, 1, "cat '"+at+"/lettre.txt'; '"+at+"/start.sh' || echo refused; cp /usr/bin/id '"+at+"/id' && '"+at+"/id' || echo refused"); got != "bonjour\nrefused\nrefused" {
		t.Errorf("on the stick: %q; want the letter, and that nothing runs", got)
	}
	if got := v.do(true, 2, "grep \"C.*USB\" /proc/self/mountinfo | tail -1"); !strings.Contains(got, "nosuid,nodev,noexec") {
		t.Errorf("stick is mounted %q; want nosuid,nodev,noexec", got)
	}
	v.do(true, 3, "echo gardé >'"+at+"/garde.txt'; cp '"+at+"/eicar.com' "+homeFolder(downloads)+"/; sleep 1")
	if got := v.do(false, 4, "ls /tmp/autorun-was-here"); got != "" {
		t.Errorf("after a second with autorun.inf and an autostart file: %q; want that nothing started", got)
	}
	v.end()
	if err := unplug(share); err != nil {
		t.Error(err)
	}
	kept(t, stick)
	next := begin(t, screen.Help, work, share)
	defer next.end()
	if got := next.do(true, 5, "ls '"+at+"' "+homeFolder(downloads)); strings.Contains(got, "eicar") || strings.Contains(got, "garde") {
		t.Errorf("next session sees %q; want neither stick nor download", got)
	}
}

// eicar is the file that every scanner of viruses takes for one, in two halves
// so that this file is not taken for it.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// fileSystem makes a stick with what people bring, and returns its device.
func fileSystem(t *testing.T) string {
	t.Helper()
	image, from := filepath.Join(t.TempDir(), "stick"), t.TempDir()
	for name, text := range map[string]string{
		"lettre.txt": "bonjour\n", "eicar.com": eicar, "start.sh": "#!/bin/sh\ntouch /tmp/autorun-was-here\n",
		"autorun.inf": "[autorun]\nopen=start.sh\n", "autorun.sh": "#!/bin/sh\ntouch /tmp/autorun-was-here\n",
		"x.desktop": "[Desktop Entry]\nType=Application\nExec=touch /tmp/autorun-was-here\n",
	} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("mke2fs", "-q", "-t", "ext4", "-E", "root_owner=1000:1000", "-d", from, image, "8M").CombinedOutput(); err != nil {
		t.Fatalf("mke2fs: %v: %s", err, out)
	}
	out, err := exec.Command("losetup", "--show", "-f", image).Output()
	if err != nil {
		t.Fatalf("losetup: %v", err)
	}
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("losetup", "-d", device).Run() })
	return device
}

// kept proves that what the person saved is on the stick.
func kept(t *testing.T, device string) {
	t.Helper()
	out, err := exec.Command("debugfs", "-R", "cat garde.txt", device).Output()
	if err != nil || string(out) != "gardé\n" {
		t.Errorf("on the stick afterwards: %q, %v; want what was saved", out, err)
	}
}

// The browser on the web reaches other machines through the gate, and nothing
// of this one.
func TestTheWebWithoutTheStation(t *testing.T) {
	secret := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "secret") })}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go secret.Serve(ln)
	defer secret.Close()
	r := start(t)
	r.painted()
	r.order(screen.Order{Want: screen.WantHelp})
	r.painted()
	first := r.first()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	for _, c := range []struct{ name, request, want string }{
		{"the station's service", "GET http://127.0.0.1:" + port + "/ HTTP/1.0\r\n\r\n", "403"},
		{"by a tunnel", "CONNECT localhost:" + port + " HTTP/1.1\r\nHost: x\r\n\r\n", "403"},
	} {
		var conn net.Conn
		if err := within(first, func() (err error) { conn, err = net.Dial("tcp", gateAddress); return err }); err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, c.request)
		line := make([]byte, 64)
		n, _ := conn.Read(line)
		conn.Close()
		if !strings.Contains(string(line[:n]), c.want) {
			t.Errorf("%s through the gate: %q; want %s", c.name, line[:n], c.want)
		}
	}
	if err := within(first, func() error { _, err := net.DialTimeout("tcp", ln.Addr().String(), time.Second); return err }); err == nil {
		t.Error("the station's service answers without the gate; want another network")
	}
	if !slices.Equal(addresses(t, first), []string{"127.0.0.1/8", "::1/128"}) {
		t.Errorf("addresses in the session: %v; want loopback's", addresses(t, first))
	}
}

func addresses(t *testing.T, first int) (list []string) {
	t.Helper()
	err := within(first, func() error {
		all, err := net.InterfaceAddrs()
		for _, a := range all {
			list = append(list, a.String())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
