package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestWhichSticks: partitions of USB disks, whole disks, and never the disk that
// the station itself was started from.
func TestWhichSticks(t *testing.T) {
	sys := t.TempDir()
	class := filepath.Join(sys, "class")
	put := func(name, at string, partition bool) {
		t.Helper()
		dir := filepath.Join(sys, at)
		for _, d := range []string{dir, class} {
			if err := os.MkdirAll(d, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if partition {
			if err := os.WriteFile(filepath.Join(dir, "partition"), []byte("1\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(dir, filepath.Join(class, name)); err != nil {
			t.Fatal(err)
		}
	}
	put("nvme0n1", "pci/nvme0n1", false)
	put("sda", "pci/usb1/sda", false)
	put("sda1", "pci/usb1/sda/sda1", true)
	put("sdb", "pci/usb2/sdb", false)
	put("sdb1", "pci/usb2/sdb/sdb1", true)
	put("sdc", "pci/usb3/sdc", false)
	for own, want := range map[string][]string{
		"":         {"/dev/sda1", "/dev/sdb1", "/dev/sda", "/dev/sdb", "/dev/sdc"},
		"/dev/sda": {"/dev/sdb1", "/dev/sdb", "/dev/sdc"},
	} {
		if got, err := sticks(class, own); err != nil || !slices.Equal(got, want) {
			t.Errorf("sticks beside %q = %v, %v; want %v", own, got, err, want)
		}
	}
}
