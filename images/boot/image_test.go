package boot_test

import (
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/images/boot"
)

// built returns the image, or skips where it was never built; in CI it was.
func built(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(pcImage); err != nil {
		needs.Missing(t, "no image: make image comes first")
	}
	return pcImage
}

// stick is a fresh copy of the image on a disk of 8 GB.
func stick(t *testing.T) boot.Disk {
	t.Helper()
	file := filepath.Join(t.TempDir(), "disk.qcow2")
	if err := boot.Overlay(t.Context(), built(t), file, 8<<30); err != nil {
		t.Fatal(err)
	}
	return boot.Disk{File: file}
}

// on starts a machine that is switched off at the test's end.
func on(ctx context.Context, t *testing.T, m boot.Machine) *boot.VM {
	t.Helper()
	vm, err := m.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(vm.Close)
	return vm
}

// shows waits for the home page and keeps a picture of it, or of what there was
// instead, in build/boot.
func shows(ctx context.Context, t *testing.T, vm *boot.VM, wanted func(*image.RGBA) bool) {
	t.Helper()
	shot, err := vm.AwaitScreen(ctx, wanted)
	if shot != nil {
		keep(t, shot)
	}
	if err != nil {
		console := vm.Console.Text()
		t.Fatalf("%v; the console ends with\n%s", err, console[max(0, len(console)-4000):])
	}
}

func keep(t *testing.T, shot *image.RGBA) {
	t.Helper()
	name := filepath.Join("..", "..", "build", "boot", filepath.FromSlash(t.Name())+".png")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, shot); err != nil {
		t.Fatal(err)
	}
}

// TestHomePage switches a machine on and waits for the home page on its screen.
func TestHomePage(t *testing.T) {
	ctx := within(t, 15)
	vm := on(ctx, t, boot.Machine{Dir: t.TempDir(), Disks: []boot.Disk{stick(t)}})
	shows(ctx, t, vm, boot.HomePage)
}
