package flash

import (
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Bus is how a disk is connected.
type Bus string

// The buses that make a difference to somebody who holds a disk.
const (
	BusUSB    Bus = "usb"
	BusCard   Bus = "card" // SD and microSD
	BusMMC    Bus = "emmc" // soldered
	BusNVMe   Bus = "nvme"
	BusSATA   Bus = "sata"
	BusVirtio Bus = "virtio"
	BusLoop   Bus = "loop"
	BusOther  Bus = "other"
)

// Disk is a whole disk, stick or card, as the kernel tells.
type Disk struct {
	Name      string // "sda"
	Path      string // "/dev/sda"
	Model     string // maker and model, may be ""
	Serial    string // may be ""
	Bus       Bus
	Removable bool // may be taken out, says the disk itself
	ReadOnly  bool
	Size      int64  // bytes
	Sector    int64  // bytes of a logical sector
	Sequence  uint64 // of the medium: never given twice; 0 on kernels that do not count
	Content   Content
	Parts     []Part
	Uses      []Use
}

// Part is a partition.
type Part struct {
	Name    string // "sda1"
	Size    int64
	Content Content
}

// Use is what somebody does with a disk.
type Use struct {
	Part   string // the partition, or the disk itself
	By     string // a mount point, "swap", or the name of a volume built on it
	System bool   // this computer runs from it
}

// Portable reports whether the disk is a stick, a card or a disk in a USB case.
func (d Disk) Portable() bool {
	switch d.Bus {
	case BusUSB, BusCard:
		return true
	case BusMMC, BusLoop:
		return false
	}
	return d.Removable
}

// Refusal is why the disk must not be written with an image of that many
// bytes; nil when it may. A disk of the machine is no reason here, see
// [Disk.Portable]. Its errors are of this package.
func (d Disk) Refusal(size int64) error {
	for _, u := range d.Uses {
		if u.System {
			return fail(KindSystem, fmt.Errorf("%s is %s", u.Part, u.By))
		}
	}
	if len(d.Uses) > 0 {
		return fail(KindInUse, fmt.Errorf("%s is %s", d.Uses[0].Part, d.Uses[0].By))
	}
	if d.ReadOnly {
		return fail(KindReadOnly, nil)
	}
	if d.Sector != slot.SectorSize {
		return fail(KindSectors, fmt.Errorf("sectors of %d bytes", d.Sector))
	}
	if d.Size < size {
		return fail(KindSmall, fmt.Errorf("%d bytes for %d", d.Size, size))
	}
	return nil
}

// same reports whether now is the medium that was looked at before.
func (d Disk) same(now Disk) error {
	if d.Sequence != now.Sequence || d.Size != now.Size || d.Serial != now.Serial || d.Model != now.Model {
		return fail(KindSwapped, errors.New("another disk has that name now"))
	}
	return nil
}
