package start

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Disk is the disk that the loader started from.
type Disk struct {
	Name      string // of the kernel, "sda"
	Node      string // "/dev/sda"
	Sectors   uint64
	Removable bool // a stick or a card
	Table     slot.Table
	Condition slot.Condition
}

// ESP opens the boot partition. Who opens it closes the file.
func (d Disk) ESP() (*slot.ESP, *os.File, error) {
	return openESP(slot.PartitionNode(d.Node, slot.PartitionESP))
}

func openESP(node string) (*slot.ESP, *os.File, error) {
	f, err := os.OpenFile(node, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open boot partition: %w", err)
	}
	esp, err := slot.OpenESP(f)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return esp, f, nil
}

// Record writes at the loader why a start of the slot failed.
func (d Disk) Record(id slot.ID, why slot.Problem) error {
	esp, f, err := d.ESP()
	if err != nil {
		return err
	}
	defer f.Close()
	env, _, err := slot.ReadEnv(esp)
	if err != nil {
		return err
	}
	return slot.WriteEnv(esp, env.MarkFailed(id, why))
}

// Finder looks at the disks of the machine.
type Finder struct {
	Sys string // "/sys"
	Dev string // "/dev"
}

// errSectors says that a disk counts in something else than an image does.
var errSectors = errors.New("sectors of another size")

// virtualDisks is how the names of disks begin that hold no system.
const virtualDisks = "loop ram dm- zram sr md fd nbd"

// disks returns every disk whose partition table can be read.
func (f Finder) disks() (list []Disk) {
	entries, err := os.ReadDir(filepath.Join(f.Sys, "block"))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if virtual(e.Name()) {
			continue
		}
		if d, err := f.disk(e.Name()); err == nil {
			list = append(list, d)
		}
	}
	return list
}

func virtual(name string) bool {
	for _, prefix := range strings.Fields(virtualDisks) {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func (f Finder) disk(name string) (Disk, error) {
	sectors, err := f.number(name, "size")
	if err != nil {
		return Disk{}, err
	}
	if size, err := f.number(name, "queue/logical_block_size"); err == nil && size != slot.SectorSize {
		return Disk{}, errSectors
	}
	d := Disk{Name: name, Node: filepath.Join(f.Dev, name), Sectors: sectors, Removable: f.removable(name)}
	dev, err := os.Open(d.Node)
	if err != nil {
		return Disk{}, err
	}
	defer dev.Close()
	d.Table, d.Condition, err = slot.ReadTable(dev, sectors)
	return d, err
}

func (f Finder) number(disk, file string) (uint64, error) {
	text, err := os.ReadFile(filepath.Join(f.Sys, "block", disk, file))
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 63)
}

// removable reports whether a disk can be pulled out: it says so, it is on USB,
// or it is an SD card (a soldered eMMC says "MMC").
func (f Finder) removable(name string) bool {
	if n, err := f.number(name, "removable"); err == nil && n == 1 {
		return true
	}
	if kind, err := os.ReadFile(filepath.Join(f.Sys, "block", name, "device", "type")); err == nil && strings.TrimSpace(string(kind)) == "SD" {
		return true
	}
	path, err := filepath.EvalSymlinks(filepath.Join(f.Sys, "block", name))
	return err == nil && strings.Contains(path, "/usb")
}

// nodes waits until the kernel shows the partitions.
func (s *Start) nodes(ctx context.Context) error {
	for {
		_, err1 := os.Stat(slot.PartitionNode(s.disk.Node, slot.PartitionESP))
		_, err2 := os.Stat(slot.PartitionNode(s.disk.Node, slot.PartitionPerm))
		if err1 == nil && err2 == nil {
			return nil
		}
		if !sleep(ctx, 50*time.Millisecond) {
			return fail(slot.ProblemDisk, errors.Join(err1, err2))
		}
	}
}

// sleep reports whether the time has passed before the context was done.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
