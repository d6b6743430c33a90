package boot_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// shims are the variables that shim is thought to bring up to date: which old
// loaders are revoked. Whether it does was not measured; see images/docs/0001.
func shims() []string { return []string{"SbatLevel", "MokListTrusted"} }

// TestLive carries a stick to somebody else's machine: neither its disk nor its
// firmware's memory nor its clock knows of it afterwards.
func TestLive(t *testing.T) {
	long(t)
	for name, end := range map[string]func(*boot.VM, *testing.T){
		"stick pulled": func(vm *boot.VM, t *testing.T) { pulled(vm, t) },
		"power cut":    func(vm *boot.VM, _ *testing.T) { vm.Cut() },
	} {
		t.Run(name, func(t *testing.T) { live(t, end) })
	}
}

func live(t *testing.T, end func(*boot.VM, *testing.T)) {
	inside := filepath.Join(t.TempDir(), "inside.img")
	write(t, inside, bytes.Repeat([]byte("somebody else's disk "), 1<<20))
	own := stick(t)
	own.Bus = boot.USB
	m := boot.Machine{Dir: t.TempDir(), Memory: 2048, Disks: []boot.Disk{own, {File: inside, Bus: boot.NVMe}}}
	settle(t, m)
	vars := remembered(t, m)
	settle(t, m)
	before, usual := sha256.Sum256(read(t, inside)), changed(vars, remembered(t, m))
	vars = remembered(t, m)
	edit(t, own, func(d *disk) { d.renew(); d.change(slot.A, loud) })
	ctx := within(t, 9)
	vm := on(ctx, t, m)
	expect(ctx, t, vm, slot.A, 0)
	firmwares := clockSet(vm) // as often as it likes, on a slow machine more
	shows(ctx, t, vm, boot.HomePage)
	end(vm, t)
	if n := clockSet(vm) - firmwares; n > 0 {
		t.Errorf("the hardware clock was set %d times after the firmware was done", n)
	}
	vm.Close()
	if sha256.Sum256(read(t, inside)) != before {
		t.Error("the machine's own disk was written to")
	}
	for _, name := range changed(vars, remembered(t, m)) {
		if !slices.Contains(usual, name) {
			t.Errorf("the firmware remembers %s, which a start without us leaves alone", name)
		}
	}
}

// clockSet counts how often the machine's clock was written.
func clockSet(vm *boot.VM) (n int) {
	for _, e := range vm.Events() {
		if e.Name == "RTC_CHANGE" {
			n++
		}
	}
	return n
}

// changed names the variables that came, went or have another value.
func changed(before, after map[string]string) (names []string) {
	for name := range after {
		if _, known := before[name]; !known {
			names = append(names, name)
		}
	}
	for name, value := range before {
		if now, still := after[name]; !still || now != value {
			names = append(names, name)
		}
	}
	return names
}

// settle starts the machine once with a stick that holds nothing to start, so
// that the firmware has noted its devices.
func settle(t *testing.T, m boot.Machine) {
	t.Helper()
	m.Disks = slices.Clone(m.Disks)
	empty := filepath.Join(t.TempDir(), "empty.img")
	write(t, empty, make([]byte, 1<<20))
	m.Disks[0].File = empty
	ctx := within(t, 2)
	vm := on(ctx, t, m)
	if _, err := vm.Console.Await(ctx, "BdsDxe: (No bootable|starting)"); err != nil {
		t.Fatal(err)
	}
	vm.Close()
}

// remembered is what the firmware keeps, without what shim is known to write.
func remembered(t *testing.T, m boot.Machine) map[string]string {
	t.Helper()
	all, err := boot.Variables(m.Vars())
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for name, value := range all {
		if !slices.ContainsFunc(shims(), func(s string) bool { return bytes.HasPrefix([]byte(name), []byte(s+" ")) }) {
			list[name] = fmt.Sprintf("%x", value)
		}
	}
	return list
}

func pulled(vm *boot.VM, t *testing.T) {
	ctx := within(t, 2)
	if err := vm.Pull(ctx, "drive0"); err != nil {
		t.Fatal(err)
	}
	if _, err := vm.AwaitEvent(ctx, 0, "DEVICE_DELETED"); err != nil {
		t.Fatal(err)
	}
}

// TestAlone starts with a cable that leads nowhere: a station asks for an
// address and sends nothing else.
func TestAlone(t *testing.T) {
	long(t)
	capture := filepath.Join(t.TempDir(), "alone.pcap")
	d := flashed(t, func(*disk) {})
	ctx := within(t, 9)
	vm := on(ctx, t, boot.Machine{Dir: t.TempDir(), Disks: []boot.Disk{d}, Nets: []boot.Net{{Silent: true, Capture: capture}}})
	shows(ctx, t, vm, boot.HomePage)
	vm.Close()
	for what, n := range packets(t, capture) {
		if what != "DHCP" {
			t.Errorf("%d packets of %s left a station without a network", n, what)
		}
	}
}

// fleetDoor is where the guest's network leads to the fleet server.
const fleetDoor = "10.0.2.100:8883"

// TestEnrolled flashes a token, switches on, and finds the station at the fleet
// server outside; nothing but the server is spoken to. One machine lost its clock,
// and no time server answers either.
func TestEnrolled(t *testing.T) {
	long(t)
	for name, clock := range map[string][]string{"clock right": nil, "clock at 1970": {"-rtc", "base=1970-01-01T00:00:00"}} {
		t.Run(name, func(t *testing.T) {
			ctx := within(t, 9)
			f := fleet(t)
			token, err := f.Admin().IssueToken(ctx, stage.DemoToken())
			if err != nil {
				t.Fatal(err)
			}
			d := flashed(t, func(x *disk) { x.join(slot.Join{Token: token, Installed: true}) })
			capture := filepath.Join(t.TempDir(), "enrolled.pcap")
			vm := on(ctx, t, boot.Machine{Dir: t.TempDir(), Disks: []boot.Disk{d}, Extra: clock,
				Nets: []boot.Net{{To: map[string]string{fleetDoor: f.Listen}, Capture: capture}}})
			id, err := stage.Settle(ctx, f.Admin())
			if err != nil {
				t.Fatalf("%v\n%s", err, vm.Console.Text())
			}
			tells(ctx, t, f, id)
			shows(ctx, t, vm, boot.HomePage)
			vm.Close()
			for what, n := range packets(t, capture) {
				if !slices.Contains([]string{"DHCP", "ARP", "DNS", "NTP", "TCP " + fleetDoor}, what) {
					t.Errorf("%d packets of %s left an enrolled station", n, what)
				}
			}
		})
	}
}

// tells awaits the station's own report, with a clock that somebody has set.
func tells(ctx context.Context, t *testing.T, f *stage.Fleet, id wire.Station) {
	t.Helper()
	await(ctx, t, f, 5*time.Minute, func(ctx context.Context) error {
		s, err := f.Admin().Station(ctx, stage.Tenant, id)
		if err == nil && (s.TelemetryAt.IsZero() || s.Telemetry.Clock == pass.ClockUnset) {
			err = errors.New("no report with a time")
		}
		return err
	})
}

// fleet starts a seeded fleet server out here.
func fleet(t *testing.T) *stage.Fleet {
	t.Helper()
	f, _ := fleetWithPassword(t)
	return f
}

// fleetWithPassword also returns the console's one-time password.
func fleetWithPassword(t *testing.T) (*stage.Fleet, string) {
	t.Helper()
	dir, ctx := t.TempDir(), within(t, 2)
	cmdBuild(t, dir)
	f := &stage.Fleet{Bin: dir, Data: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", Console: "127.0.0.1:0", Metrics: "127.0.0.1:0", Address: fleetDoor, Log: t.Output()}
	password, err := f.Init(ctx, stage.Tenant, "essai")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Kill)
	if _, err := stage.Seed(ctx, f.Admin(), time.Now()); err != nil {
		t.Fatal(err)
	}
	return f, password
}

func cmdBuild(t *testing.T, dir string) {
	t.Helper()
	run(t, "go", "build", "-o", filepath.Join(dir, "fleetd"), "../../fleet/cmd/fleetd")
}

// join writes what a technician tells a station.
func (d *disk) join(j slot.Join) {
	f, err := d.esp.Open(slot.FileJoin)
	d.must(err)
	text, err := json.Marshal(j)
	d.must(err)
	_, err = f.WriteAt(append(text, make([]byte, slot.SizeJoin-len(text))...), 0)
	d.must(err)
}

// packets counts what the guest sent, in words.
func packets(t *testing.T, file string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil || len(b) < 24 {
		t.Fatalf("capture of %d bytes: %v", len(b), err)
	}
	all := map[string]int{}
	for b = b[24:]; len(b) >= 16; {
		n := int(binary.LittleEndian.Uint32(b[8:]))
		if frame := b[16:][:n]; n >= 34 && frame[6] == 0x52 && frame[7] == 0x54 && frame[8] == 0 && frame[9] == 0x12 {
			all[word(frame)]++
		}
		b = b[16+n:]
	}
	return all
}

// word names an Ethernet frame by what it is for.
func word(f []byte) string {
	be := binary.BigEndian
	switch kind := be.Uint16(f[12:]); {
	case kind == 0x0806:
		return "ARP"
	case kind != 0x0800 || len(f) < 14+20:
		return fmt.Sprintf("type %04x", kind)
	}
	to, _ := netip.AddrFromSlice(f[30:34])
	at := 14 + int(f[14]&15)*4
	if len(f) < at+4 {
		return "IP " + to.String()
	}
	port := be.Uint16(f[at+2:])
	switch {
	case f[23] == 17 && port == 67:
		return "DHCP"
	case f[23] == 17 && port == 53:
		return "DNS"
	case f[23] == 17 && port == 123:
		return "NTP"
	case f[23] == 6:
		return fmt.Sprintf("TCP %s:%d", to, port)
	}
	return fmt.Sprintf("protocol %d to %s:%d", f[23], to, port)
}
