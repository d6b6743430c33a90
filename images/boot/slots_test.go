package boot_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Words of the kernel and the first program on the serial line.
const (
	commandLine = `Command line: .*mallette\.slot=([ab]) mallette\.trial=(\d)`
	entered     = `root entered`
)

// long skips what only "make soak" runs.
func long(t *testing.T) {
	t.Helper()
	if !soaking() {
		t.Skip("long: make soak")
	}
}

// flashed is a disk with its own identifiers whose kernels say everything;
// change is done to it before the first start.
func flashed(t *testing.T, change func(*disk)) boot.Disk {
	t.Helper()
	d := stick(t)
	edit(t, d, func(x *disk) {
		x.renew()
		for _, id := range []slot.ID{slot.A, slot.B} {
			x.change(id, loud)
		}
		change(x)
	})
	return d
}

// TestABadReleaseComesBack puts a bad release into B, on trial, and watches the
// loader try it and come back to A with no help.
func TestABadReleaseComesBack(t *testing.T) {
	long(t)
	for _, c := range []struct {
		name   string
		spoil  func(*disk)
		starts int // of B before A is back
	}{
		{"init ends and the kernel panics", func(d *disk) { d.bad(slot.B, "panic") }, 3},
		{"wrong root hash", func(d *disk) {
			d.describe(slot.B, func(r *slot.Release) { r.Root.Hash = slot.NewGUID().String()[:8] + r.Root.Hash[8:] })
		}, 1},
		{"one flipped bit", func(d *disk) {
			b := make([]byte, 1)
			_, err := d.part(slot.PartitionRootB).ReadAt(b, 96)
			d.must(err)
			_, err = d.part(slot.PartitionRootB).WriteAt([]byte{b[0] ^ 4}, 96)
			d.must(err)
		}, 3},
		{"kernel cannot be read", func(d *disk) {
			f, err := d.esp.Open(slot.ContainerFile(slot.B))
			d.must(err)
			_, err = f.WriteAt(make([]byte, 1<<20), 0)
			d.must(err)
		}, 0},
		{"a hang that the watchdog ends", func(d *disk) {
			d.bad(slot.B, "hang")
			d.change(slot.B, deadline(900)) // the guardian would be quicker than the watchdog
		}, 3},
		{"never healthy and ended by the guardian", func(d *disk) { d.bad(slot.B, "restless") }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := flashed(t, func(x *disk) { c.spoil(x); x.setEnv(x.env().Arm(slot.B)) })
			ctx := within(t, 9)
			vm := on(ctx, t, small(t, boot.Machine{Disks: []boot.Disk{d}}))
			comesBack(ctx, t, vm, c.starts)
		})
	}
}

// small is a machine for the loader and the first program. With one processor: on a
// busy machine QEMU at times loses the timer of the second one, and the kernel
// stands still.
func small(t *testing.T, m boot.Machine) boot.Machine {
	m.Dir, m.Memory, m.CPUs = t.TempDir(), 1024, 1
	return m
}

// comesBack awaits so many starts of B, then A with its root entered.
func comesBack(ctx context.Context, t *testing.T, vm *boot.VM, starts int) {
	t.Helper()
	for n := range starts {
		expect(ctx, t, vm, slot.B, n+1)
	}
	expect(ctx, t, vm, slot.A, 0)
	if _, err := vm.Console.Await(ctx, entered); err != nil {
		t.Fatal(err)
	}
}

// expect awaits the next start and holds it to a slot and a try.
func expect(ctx context.Context, t *testing.T, vm *boot.VM, id slot.ID, try int) {
	t.Helper()
	said, err := vm.Console.Await(ctx, commandLine)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := said[1]+said[2], fmt.Sprint(id, try); got != want {
		t.Fatalf("the loader started %s; want %s", got, want)
	}
}

// TestResets presses reset three times while B is on trial: in the middle of the
// kernel, or when the root runs and has not been marked good.
func TestResets(t *testing.T) {
	long(t)
	for name, at := range map[string]string{"mid-boot": `Run /init`, "before good": entered} {
		t.Run(name, func(t *testing.T) {
			d := flashed(t, func(x *disk) { x.setEnv(x.env().Arm(slot.B)) })
			ctx := within(t, 6)
			vm := on(ctx, t, small(t, boot.Machine{Disks: []boot.Disk{d}}))
			for n := range slot.MaxTries {
				expect(ctx, t, vm, slot.B, n+1)
				if _, err := vm.Console.Await(ctx, at); err != nil {
					t.Fatal(err)
				}
				if err := vm.Reset(ctx); err != nil {
					t.Fatal(err)
				}
			}
			expect(ctx, t, vm, slot.A, 0)
		})
	}
}

// TestExhausted starts the last good slot when no slot has a try left.
func TestExhausted(t *testing.T) {
	long(t)
	d := flashed(t, func(x *disk) {
		e := x.env()
		e.A.Tries, e.B.Tries, e.Good = 0, 0, slot.B
		x.setEnv(e)
	})
	ctx := within(t, 4)
	vm := on(ctx, t, small(t, boot.Machine{Disks: []boot.Disk{d}}))
	expect(ctx, t, vm, slot.B, 0)
	if _, err := vm.Console.Await(ctx, entered); err != nil {
		t.Fatal(err)
	}
}

// TestTornMemory cuts the power while the loader's memory is written, so that
// the block is worth nothing, and lets the running slot fail too.
func TestTornMemory(t *testing.T) {
	long(t)
	for name, spare := range map[string]bool{"spare whole": true, "spare torn too": false} {
		t.Run(name, func(t *testing.T) {
			d := flashed(t, func(x *disk) { x.bad(slot.A, "panic"); x.tear(spare) })
			ctx := within(t, 6)
			vm := on(ctx, t, small(t, boot.Machine{Disks: []boot.Disk{d}}))
			for range slot.MaxTries {
				expect(ctx, t, vm, slot.A, 0)
			}
			expect(ctx, t, vm, slot.B, 0)
			if _, err := vm.Console.Await(ctx, entered); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// tear leaves half a sector of the loader's memory, and of its spare.
func (d *disk) tear(spareStays bool) {
	for _, name := range []string{slot.FileEnv, slot.FileEnvSpare} {
		if name == slot.FileEnvSpare && spareStays {
			continue
		}
		f, err := d.esp.Open(name)
		d.must(err)
		_, err = f.WriteAt(make([]byte, 256), 0)
		d.must(err)
	}
}

// TestFirmwares starts on every firmware and every bus a disk can hang on.
func TestFirmwares(t *testing.T) {
	long(t)
	for _, c := range []struct {
		firmware boot.Firmware
		bus      boot.Bus
	}{
		{boot.UEFI, boot.NVMe}, {boot.Secure, boot.Virtio}, {boot.BIOS, boot.AHCI}, {boot.UEFI, boot.USB}, {boot.BIOS, boot.USB},
	} {
		t.Run(fmt.Sprint(c.firmware, " ", c.bus), func(t *testing.T) {
			d := flashed(t, func(*disk) {})
			d.Bus = c.bus
			ctx := within(t, 4)
			vm := on(ctx, t, small(t, boot.Machine{Firmware: c.firmware, Disks: []boot.Disk{d}}))
			expect(ctx, t, vm, slot.A, 0)
			if _, err := vm.Console.Await(ctx, entered); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestStickBesideInstalledDisk starts the disk that the firmware chose, though
// another one like it hangs on the machine: with identifiers of their own, and
// both still with the image's.
func TestStickBesideInstalledDisk(t *testing.T) {
	long(t)
	stick, installed := flashed(t, func(*disk) {}), flashed(t, func(*disk) {})
	stick.Bus, installed.Bus = boot.USB, boot.NVMe
	var want string
	edit(t, stick, func(x *disk) { p, _ := x.table.Partition(slot.PartitionESP); want = p.GUID.String() })
	before := installedEnv(t, installed)
	ctx := within(t, 4)
	vm := on(ctx, t, small(t, boot.Machine{Disks: []boot.Disk{stick, installed}}))
	for _, line := range []string{"mallette.disk=" + want, entered} {
		if _, err := vm.Console.Await(ctx, line); err != nil {
			t.Fatal(err)
		}
	}
	vm.Close()
	if after := installedEnv(t, installed); after != before {
		t.Errorf("a stick's start changed the installed disk's memory from %s to %s", before, after)
	}
}

func installedEnv(t *testing.T, d boot.Disk) (text string) {
	t.Helper()
	edit(t, d, func(x *disk) { text = fmt.Sprintf("%+v", x.env()) })
	return text
}
