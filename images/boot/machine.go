package boot

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Machine describes a PC, or with Arch "arm64" QEMU's board "virt". Its zero
// value with a Dir is a PC with UEFI, two processors and 2 GiB, without a disk
// and without a network.
type Machine struct {
	Dir      string   // an existing folder for its sockets and its UEFI variables
	Arch     string   // "": amd64
	Firmware Firmware // "": UEFI
	Accel    string   // what [Accelerator] returned; "": tcg
	Memory   int      // MiB; 0: 2048
	CPUs     int      // 0: 2
	Disks    []Disk   // the firmware tries them in this order
	Nets     []Net
	Screen   string   // QEMU's -display; "": none, which can still be looked at
	Extra    []string // further arguments
}

// Bus is how a disk hangs on the machine.
type Bus string

// The buses that laptops have, and the one that is quickest.
const (
	Virtio Bus = "virtio"
	NVMe   Bus = "nvme"
	AHCI   Bus = "ahci"
	USB    Bus = "usb"
)

// Disk is a disk or a stick.
type Disk struct {
	File    string // format by its name: .qcow2, else raw
	Bus     Bus    // "": Virtio
	Options string // further -drive options, for example "cache=writethrough"
}

// Net is a network card and the network behind it. The guest gets its address
// by DHCP, as at a place. Addresses of the outside that the guest may reach are
// only the ones of To: everything else is refused by QEMU.
type Net struct {
	To      map[string]string // address in the guest's network, for example "10.0.2.100:8883" → address out here
	From    map[int]string    // port of the guest → address out here
	Capture string            // file that gets every packet (pcap); "": none
	Silent  bool              // a cable that leads nowhere: no DHCP answers
}

func (m Machine) args() []string {
	args := append(m.board(), "-m", strconv.Itoa(or(m.Memory, 2048)), "-smp", strconv.Itoa(or(m.CPUs, 2)), "-nodefaults", "-no-user-config",
		"-display", or(m.Screen, "none"),
		"-chardev", "pipe,id=console,path="+m.path(serialName)+",logfile="+m.path("console.log"), "-serial", "chardev:console",
		"-chardev", "socket,id=qmp,path="+m.path("qmp.sock"), "-mon", "chardev=qmp,mode=control")
	for i, d := range m.Disks {
		args = append(args, d.args(i)...)
	}
	for i, n := range m.Nets {
		args = append(args, n.args(i)...)
	}
	return append(args, m.Extra...)
}

// board is the part that differs between the kinds of machine. The watchdogs
// are those of real boards: iTCO is in every q35.
func (m Machine) board() []string {
	if m.Arch == "arm64" {
		return append([]string{"-machine", "virt", "-accel", "tcg,thread=multi", "-cpu", "cortex-a57"}, m.firmware()...)
	}
	args := []string{"-machine", "q35,smm=on", "-accel", or(m.Accel, "tcg,thread=multi"), "-cpu", m.processor(),
		"-device", "VGA,xres=1280,yres=800,edid=on", "-device", "qemu-xhci,id=usb",
		"-global", "ICH9-LPC.noreboot=false", "-watchdog-action", "reset"}
	return append(args, m.firmware()...)
}

// processor is what is quick to run: emulated byte by byte, the string and
// vector instructions that a kernel and a browser choose on a newer one make a
// start last three times as long.
func (m Machine) processor() string {
	if m.Accel == "kvm" {
		return "host"
	}
	return "qemu64,+rdrand,+rdseed"
}

func (m Machine) path(name string) string { return filepath.Join(m.Dir, name) }

func (m Machine) program() string {
	if m.Arch == "arm64" {
		return "qemu-system-aarch64"
	}
	return "qemu-system-x86_64"
}

func (d Disk) args(i int) []string {
	id, format := fmt.Sprintf("disk%d", i), "raw"
	if filepath.Ext(d.File) == ".qcow2" {
		format = "qcow2"
	}
	drive := fmt.Sprintf("if=none,id=%s,format=%s,file=%s", id, format, d.File)
	if d.Options != "" {
		drive += "," + d.Options
	}
	return []string{"-drive", drive, "-device", fmt.Sprintf("%s,drive=%s,id=%s,bootindex=%d", d.device(), id, d.id(i), i)}
}

func (d Disk) id(i int) string { return fmt.Sprintf("drive%d", i) }

func (d Disk) device() string {
	switch d.Bus {
	case NVMe:
		return "nvme,serial=mallette"
	case AHCI:
		return "ide-hd"
	case USB:
		return "usb-storage,bus=usb.0,removable=on"
	}
	return "virtio-blk-pci"
}

func (n Net) args(i int) []string {
	id := fmt.Sprintf("net%d", i)
	args := []string{"-device", fmt.Sprintf("virtio-net-pci,netdev=%s,romfile=", id)}
	if n.Silent {
		args = append(args, "-netdev", fmt.Sprintf("hubport,id=%s,hubid=%d", id, i))
	} else {
		args = append(args, "-netdev", n.user(id))
	}
	if n.Capture != "" {
		args = append(args, "-object", fmt.Sprintf("filter-dump,id=dump%d,netdev=%s,file=%s", i, id, n.Capture))
	}
	return args
}

// user is QEMU's own network. A door runs nc for each connection of the guest:
// what QEMU connects by itself is one connection for the machine's whole life.
func (n Net) user(id string) string {
	net := "user,restrict=on,id=" + id
	for guest, outside := range n.To {
		host, port, _ := strings.Cut(outside, ":")
		net += fmt.Sprintf(",guestfwd=tcp:%s-cmd:nc %s %s", guest, host, port)
	}
	for guest, outside := range n.From {
		net += fmt.Sprintf(",hostfwd=tcp:%s-:%d", outside, guest)
	}
	return net
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Start turns the machine on. Its power stays on until the VM is closed or the
// guest switches itself off; ctx bounds the start only.
func (m Machine) Start(ctx context.Context) (*VM, error) {
	vm := &VM{machine: m, Console: newConsole()}
	if err := vm.start(ctx); err != nil {
		vm.Close()
		return nil, fmt.Errorf("start machine: %w", err)
	}
	return vm, nil
}
