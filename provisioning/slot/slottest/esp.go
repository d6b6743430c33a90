// Package slottest makes boot partitions for tests, by the same tools that a
// technician would use (dosfstools and mtools), so that provisioning/slot is
// tried against a FAT that it did not write. Only tests import it.
package slottest

import (
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Size is that of the partition, enough for a FAT32 with 4 KiB clusters;
// Container is that of a kernel container, which a test need not have in full.
const (
	Size      = 272 << 20
	Container = 1 << 20
)

// ESP makes a boot partition with every preallocated file, blank, and a loader's
// memory as flashing leaves it. It returns the image's file.
func ESP(t testing.TB) string {
	t.Helper()
	return ESPFor(t, Container)
}

// ESPFor is [ESP] with room for containers of that many bytes.
func ESPFor(t testing.TB, container int64) string {
	t.Helper()
	for program, pack := range map[string]string{"mkfs.vfat": "dosfstools", "mmd": "mtools", "mcopy": "mtools"} {
		needs.Program(t, program, pack)
	}
	dir := t.TempDir()
	image := filepath.Join(dir, "esp.img")
	blank(t, image, Size)
	run(t, "mkfs.vfat", "-F", "32", "-s", "8", image)
	made := map[string]bool{"/": true}
	for _, name := range slices.Sorted(maps.Keys(slot.Preallocated())) {
		if d := path.Dir(name); !made[d] {
			run(t, "mmd", "-i", image, "::"+d)
			made[d] = true
		}
		content := filepath.Join(dir, "content")
		blank(t, content, min(slot.Preallocated()[name], container))
		run(t, "mcopy", "-o", "-i", image, content, "::"+name)
	}
	Change(t, image, slot.NewEnv())
	return image
}

// Open opens a boot partition for as long as the test runs.
func Open(t testing.TB, image string) *slot.ESP {
	t.Helper()
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	esp, err := slot.OpenESP(f)
	if err != nil {
		t.Fatal(err)
	}
	return esp
}

// Env reads the loader's memory.
func Env(t testing.TB, image string) slot.Env {
	t.Helper()
	env, _, err := slot.ReadEnv(Open(t, image))
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// Change writes the loader's memory.
func Change(t testing.TB, image string, env slot.Env) {
	t.Helper()
	if err := slot.WriteEnv(Open(t, image), env); err != nil {
		t.Fatal(err)
	}
}

func blank(t testing.TB, file string, size int64) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
}

func run(t testing.TB, program string, args ...string) {
	t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
}
