package boot_test

import (
	"image"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/images/boot"
)

// TestInstall has a live stick install itself on the machine's disk, by keyboard
// from its own screen, and starts the machine without the stick.
func TestInstall(t *testing.T) {
	long(t)
	inside := boot.Disk{File: filepath.Join(t.TempDir(), "inside.qcow2"), Bus: boot.NVMe}
	run(t, "qemu-img", "create", "-q", "-f", "qcow2", inside.File, "16G")
	own := flashed(t, func(*disk) {})
	own.Bus = boot.USB
	ctx := within(t, 60)
	m := boot.Machine{Dir: t.TempDir(), Disks: []boot.Disk{own, inside}}
	vm := on(ctx, t, m)
	shows(ctx, t, vm, boot.HomePage)
	settled(ctx, t, vm, boot.HomePage)
	goes(ctx, t, vm, "shift-tab", "ret")             // the last link of the page: "Mode médiation"
	goes(ctx, t, vm, times(top+2, "tab", "ret")...)  // "L'installer sur cet ordinateur"
	goes(ctx, t, vm, times(top+1, "tab", "ret")...)  // "Choisir le disque nvme0n1"
	writes(ctx, t, vm, "nv;e)n!")                    // where a French keyboard has nvme0n1
	under := goes(ctx, t, vm, "ret")                 // it comes again every ten seconds
	settled(ctx, t, vm, func(now *image.RGBA) bool { // "C'est installé" is more than another word, figure and bar
		return boot.Page(now) && differ(under, now) > 2000
	})
	if err := vm.PressPower(ctx); err != nil {
		t.Fatal(err)
	}
	if err := vm.AwaitOff(ctx); err != nil {
		t.Fatal(err)
	}
	m.Disks, m.Dir = []boot.Disk{inside}, t.TempDir()
	shows(ctx, t, on(ctx, t, m), boot.HomePage)
}
