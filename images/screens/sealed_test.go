package screens_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"

	"github.com/mallette-kit/mallette/hardware/needs"
)

// sealedWord tells the test that it runs in a network of its own.
const sealedWord = "MALLETTE_SEALED"

// TestPracticeSendsNothing lives through every fictitious service with a browser
// in a network that has a way out, opens each screen, sends each form empty and
// filled in, and counts what takes that way. The test starts
// itself again there: a namespace is for a whole program.
func TestPracticeSendsNothing(t *testing.T) {
	if os.Getenv(sealedWord) != "" {
		practiseSealed(t)
		return
	}
	needs.Root(t, "a network of its own")
	bin(t) // programs are built before: a build may ask the network
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPracticeSendsNothing$", "-test.v")
	cmd.Env = append(os.Environ(), sealedWord+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestPracticeSendsNothing") {
		t.Fatalf("in a network of its own: %v\n%s", err, out)
	}
}

func practiseSealed(t *testing.T) {
	way := openWay(t)
	h, b := openHouse(t), openBrowser(t)
	b.hasty = true
	p := &practising{browser: b, judge: func() {}}
	p.visit(h.station.Kiosk())
	p.follow("Commencer")
	for _, s := range practiceServices(t) {
		p.lives(h, s)
		if at := ask[string](b, "read the name", `location.hostname`); at != s.Host() {
			t.Errorf("%s is at %s; want %s", s.ID, at, s.Host())
		}
	}
	for _, packet := range way.taken() {
		if !ofTheMaker(packet) {
			t.Errorf("a packet left the machine: %s", packet)
		}
	}
	way.take() // what sees nothing proves nothing
}

// ofTheMaker reports whether a packet is what this browser asks its maker by
// itself, with no page open: a station's policy keeps it quiet.
func ofTheMaker(packet string) bool {
	for _, maker := range []string{".google.com", ".googleapis.com", ".gstatic.com", ".gvt1.com"} {
		if strings.HasPrefix(packet, "name ") && strings.HasSuffix(packet, maker) {
			return true
		}
	}
	return false
}

// way is how a packet would leave: what arrives at its other end.
type way struct {
	t    *testing.T
	ends int
}

// openWay gives this network an address, a way out that leads nowhere, and no
// IPv6, whose kernel speaks by itself.
func openWay(t *testing.T) way {
	t.Helper()
	if err := errors.Join(os.WriteFile("/proc/sys/net/ipv6/conf/all/disable_ipv6", []byte("1"), 0), up("lo"),
		netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "dehors"}, PeerName: "voisin"}), up("dehors"), up("voisin")); err != nil {
		t.Fatal(err)
	}
	link, err := netlink.LinkByName("dehors")
	if err != nil {
		t.Fatal(err)
	}
	own := &netlink.Addr{IPNet: &net.IPNet{IP: net.IPv4(198, 51, 100, 2).To4(), Mask: net.CIDRMask(24, 32)}}
	if err := errors.Join(netlink.AddrAdd(link, own), netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: net.IPv4(198, 51, 100, 1)}),
		netlink.NeighAdd(&netlink.Neigh{LinkIndex: link.Attrs().Index, IP: net.IPv4(198, 51, 100, 1), State: netlink.NUD_PERMANENT, HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 1}})); err != nil {
		t.Fatal(err)
	}
	return way{t, listenAt(t, "voisin")}
}

// listenAt opens a socket that hears every IPv4 packet of a link.
func listenAt(t *testing.T, name string) int {
	t.Helper()
	link, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	const ipv4 = 0x0008 // ETH_P_IP as it lies on the wire
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK, ipv4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, 64<<20),
		syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: ipv4, Ifindex: link.Attrs().Index})); err != nil {
		t.Fatal(err)
	}
	return fd
}

func up(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(link)
}

// taken is the packets that have left since the last call.
func (w way) taken() (packets []string) {
	buf := make([]byte, 1<<16)
	for {
		n, _, err := syscall.Recvfrom(w.ends, buf, 0)
		if err != nil {
			return packets
		}
		packets = append(packets, told(buf[:n]))
	}
}

// told says what a packet is: a name that is asked for, or where it goes.
func told(packet []byte) string {
	const head, udp, dns = 20, 8, 12 // bytes before what follows
	if len(packet) < head+udp {
		return "too short"
	}
	to, port := net.IP(packet[16:20]), int(packet[22])<<8|int(packet[23])
	if packet[9] != syscall.IPPROTO_UDP || port != 53 {
		return "to " + net.JoinHostPort(to.String(), strconv.Itoa(port))
	}
	name := "name "
	for rest := packet[min(head+udp+dns, len(packet)):]; len(rest) > 1 && rest[0] > 0 && int(rest[0]) < len(rest); rest = rest[1+int(rest[0]):] {
		name += "." + string(rest[1:1+int(rest[0])])
	}
	return name
}

// take sends a packet, which must be seen.
func (w way) take() {
	w.t.Helper()
	conn, err := net.Dial("udp4", "192.0.2.1:9")
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("?")); err != nil {
		w.t.Fatal(err)
	}
	if !slices.Contains(w.taken(), "to 192.0.2.1:9") {
		w.t.Error("a packet that left was not seen")
	}
}
