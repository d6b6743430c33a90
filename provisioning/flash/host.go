package flash

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Host is a running Linux: where it tells about its disks.
type Host struct {
	Sys  string // /sys
	Proc string // /proc
	Dev  string // /dev
}

// System is the machine the program runs on.
func System() Host { return Host{Sys: "/sys", Proc: "/proc", Dev: "/dev"} }

// List returns the disks that can hold something, sticks and cards first.
// Loop devices and what the kernel builds on other disks are left out.
func (h Host) List() ([]Disk, error) {
	entries, err := os.ReadDir(filepath.Join(h.Sys, "block"))
	if err != nil {
		return nil, fmt.Errorf("list disks: %w", err)
	}
	var disks []Disk
	for _, e := range entries {
		if !listed(e.Name()) {
			continue
		}
		d, err := h.Disk(e.Name())
		if KindOf(err) == KindMissing && err != nil {
			continue // pulled while it was looked at, or a reader without a card
		}
		if err != nil {
			return nil, err
		}
		disks = append(disks, d)
	}
	slices.SortStableFunc(disks, portableFirst)
	return disks, nil
}

func portableFirst(a, b Disk) int {
	switch {
	case a.Portable() == b.Portable():
		return strings.Compare(a.Name, b.Name)
	case a.Portable():
		return -1
	}
	return 1
}

// listed leaves out what is no disk that somebody could hold, and the hidden
// halves of an eMMC that belong to the firmware.
func listed(name string) bool {
	for _, p := range []string{"loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "mtd"} {
		if strings.HasPrefix(name, p) {
			return false
		}
	}
	return !strings.Contains(name, "boot") && !strings.HasSuffix(name, "rpmb")
}

// Disk looks at one disk by its name or path ("sda", "/dev/sda"). A partition
// is no disk.
func (h Host) Disk(name string) (Disk, error) {
	name = strings.TrimPrefix(name, "/dev/")
	if name == "" || strings.ContainsAny(name, "/\x00") || name == ".." {
		return Disk{}, fail(KindMissing, nil)
	}
	dir := filepath.Join(h.Sys, "block", name)
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return Disk{}, fail(KindMissing, err)
	}
	d := Disk{Name: name, Path: filepath.Join(h.Dev, name), Size: number(dir, "size") * 512}
	if d.Size == 0 {
		return Disk{}, fail(KindMissing, errors.New("no medium"))
	}
	d.Removable, d.ReadOnly = number(dir, "removable") == 1, number(dir, "ro") == 1
	if d.Sector = number(dir+"/queue", "logical_block_size"); d.Sector == 0 {
		d.Sector = slot.SectorSize // a kernel that does not tell
	}
	d.Sequence = uint64(number(dir, "diskseq"))
	d.Bus = bus(name, real, dir)
	d.Model, d.Serial = model(dir), serial(real)
	d.Content = look(d.Path, d.Size)
	if err := h.parts(&d, dir); err != nil {
		return Disk{}, err
	}
	d.Uses, err = h.uses(d)
	return d, err
}

func (h Host) parts(d *Disk, dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(KindMissing, err)
	}
	if err != nil {
		return fmt.Errorf("list partitions: %w", err)
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		if _, err := os.Stat(filepath.Join(at, "partition")); err != nil {
			continue
		}
		p := Part{Name: e.Name(), Size: number(at, "size") * 512}
		p.Content = look(filepath.Join(h.Dev, e.Name()), p.Size)
		d.Parts = append(d.Parts, p)
	}
	slices.SortFunc(d.Parts, func(a, b Part) int {
		if len(a.Name) != len(b.Name) {
			return len(a.Name) - len(b.Name)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return nil
}
