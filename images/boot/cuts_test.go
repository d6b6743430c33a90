package boot_test

import (
	"bytes"
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/images/build/squash"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// cutsFor is how many power cuts a machine that updates without end gets.
var cutsFor = flag.Int("cuts", 50, "how often the power of an updating machine is cut")

// TestPowerCutsInUpdates takes the power from a machine that updates itself
// without end: while the loader chooses, while the kernel starts, while the other
// slot is marked invalid, written, read back and armed, while it is on trial. The
// next start always comes as far as a release, and updates go on.
func TestPowerCutsInUpdates(t *testing.T) {
	long(t)
	ctx := within(t, 150)
	disks := movingDisks(t)
	machine := small(t, boot.Machine{Firmware: boot.BIOS, Disks: disks})
	updates := 0
	for n := range *cutsFor {
		vm := on(ctx, t, machine)
		most := 20 * time.Second
		if n%3 > 0 { // once there is a release
			moves(ctx, t, vm)
			most = 40 * time.Second
		}
		lasts(ctx, vm, most)
		vm.Cut()
		updates += strings.Count(vm.Console.Text(), "trial has succeeded")
		t.Logf("cut %d, %d updates", n+1, updates)
	}
	vm := on(ctx, t, machine)
	moves(ctx, t, vm)
	for range 2 { // and untouched, one update after the other
		if _, err := vm.Console.Await(upTo(ctx, t), `mover: (one|two) is ready`); err != nil {
			t.Fatal(err)
		}
		moves(ctx, t, vm)
	}
	if updates < *cutsFor/10 {
		t.Errorf("%d updates in %d cuts: the machine does not come on", updates, *cutsFor)
	}
}

// moves awaits a release.
func moves(ctx context.Context, t *testing.T, vm *boot.VM) {
	t.Helper()
	if _, err := vm.Console.Await(upTo(ctx, t), `mover: (one|two) runs from ([ab])`); err != nil {
		t.Fatalf("the machine does not start: %v", err)
	}
}

// upTo bounds one start of the machine, or one update.
func upTo(ctx context.Context, t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(ctx, 6*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// lasts lets the machine run for some of the time.
func lasts(ctx context.Context, vm *boot.VM, most time.Duration) {
	select {
	case <-time.After(rand.N(most)):
	case <-vm.Off():
	case <-ctx.Done():
	}
}

// movingDisks are a disk that runs release "one" and a disk with both releases as
// they travel.
func movingDisks(t *testing.T) []boot.Disk {
	t.Helper()
	d := flashed(t, func(*disk) {})
	dir := t.TempDir()
	padding := bytes.Repeat([]byte("what stays "), 100<<10)
	parts := map[string]string{}
	edit(t, d, func(x *disk) {
		for seed, name := range []string{"one", "two"} {
			own := make([]byte, 2<<20)
			_, _ = rand.NewChaCha8([32]byte{byte(seed)}).Read(own)
			root := smallRoot(t, "./mover", map[string][]byte{"padding": padding, "own": own})
			parts[name] = filepath.Join(dir, "parts", name)
			x.partsOf(parts[name], name, root)
		}
		x.puts(slot.A, parts["one"])
	})
	shop := filepath.Join(dir, "shop")
	for name, other := range map[string]string{"one": "two", "two": "one"} {
		order := artefact.Order{Parts: parts[name], From: []string{parts[other]}, Out: filepath.Join(shop, name)}
		if _, err := artefact.Make(t.Context(), order); err != nil {
			t.Fatal(err)
		}
	}
	image := filepath.Join(dir, "shop.img")
	if err := squash.Make(t.Context(), shop, image, squash.Plain, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	return []boot.Disk{d, {File: image}}
}

// partsOf leaves in a folder what a release with this root is made of; its kernel
// and first program are the image's.
func (d *disk) partsOf(dir, name string, root []byte) {
	d.must(os.MkdirAll(dir, 0o755))
	salt := make([]byte, 32)
	_, _ = rand.NewChaCha8([32]byte([]byte(name + "                             ")[:32])).Read(salt)
	v, tree, err := slot.Seal(bytes.NewReader(root), salt, slot.GUID(salt[:16]))
	d.must(err)
	f, err := d.esp.Open(slot.ContainerFile(slot.A))
	d.must(err)
	container, err := altered(f, func(all map[string][]byte) {
		loud(all)
		redescribe(d.t, all, func(r *slot.Release) { r.Name, r.Root, r.Userland = name, v, "" })
	})
	d.must(err)
	write(d.t, filepath.Join(dir, artefact.FileBoot), container)
	write(d.t, filepath.Join(dir, artefact.FileRoot), append(root, tree...))
	d.must(artefact.Parts{Release: name, Arch: "amd64", Made: time.Unix(0, 0), Verity: v,
		Formats: []release.Format{{Name: "outbox", Oldest: 1, Newest: 1, Writes: 1}}}.Write(dir))
}

// puts writes parts into a slot.
func (d *disk) puts(id slot.ID, parts string) {
	f, err := d.esp.Open(slot.ContainerFile(id))
	d.must(err)
	_, err = f.WriteAt(read(d.t, filepath.Join(parts, artefact.FileBoot)), 0)
	d.must(err)
	_, err = d.part(id.Partition()).WriteAt(read(d.t, filepath.Join(parts, artefact.FileRoot)), 0)
	d.must(err)
}
