package boot_test

import (
	"testing"

	"github.com/mallette-kit/mallette/images/boot"
)

// TestOneGigabyte is a person who begins on an old machine and comes to the gym's
// first exercise, by keyboard.
func TestOneGigabyte(t *testing.T) {
	long(t)
	ctx := within(t, 20)
	vm := on(ctx, t, boot.Machine{Dir: t.TempDir(), Memory: 1024, Disks: []boot.Disk{flashed(t, func(*disk) {})}})
	shows(ctx, t, vm, boot.HomePage)
	settled(ctx, t, vm, boot.HomePage)
	goes(ctx, t, vm, times(top+1, "tab", "ret")...)           // "Commencer"
	goes(ctx, t, vm, times(top+1+4, "tab", "ret")...)         // "Essayer la souris et le clavier"
	page := goes(ctx, t, vm, times(top+1+2, "tab", "ret")...) // behind the way back, its first exercise
	if !boot.Target(page) {
		t.Error("the exercise has no target")
	}
}
