package loader

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// modules are what grub.cfg uses, the disks of a BIOS and our file systems.
const modules = "biosdisk part_gpt fat iso9660 loopback normal configfile echo test regexp loadenv probe linux boot reboot halt sleep minicmd all_video gfxterm font vbe"

// prefix is where GRUB finds grub.cfg: the first partition of the disk that the
// BIOS started, which GRUB puts before the comma. Nothing is searched for.
const prefix = "(,gpt1)/EFI/debian"

// BIOS is what a machine without UEFI starts.
type BIOS struct {
	first []byte // goes into the first sector, before the partition table of old
	core  []byte // goes into the BIOS partition
}

// Places in the programs that a disk's layout decides, as GRUB's own installer
// fills them in.
const (
	bootCode       = 440  // bytes of the first sector that are code
	bootCoreSector = 0x5c // in boot.img: the core's first sector
	bootDriveCheck = 0x66 // in boot.img: a jump over the repair of a wrong drive number
	coreListStart  = 512 - 12
)

// ErrShape says that GRUB's files are not those this package knows how to install.
var ErrShape = errors.New("unknown shape of GRUB's BIOS files")

// BIOS links GRUB for a BIOS with the program grub-mkimage. Equal parts make
// equal bytes.
func (p Parts) BIOS(ctx context.Context, mkimage string) (BIOS, error) {
	dir, err := os.MkdirTemp("", "mallette-grub-")
	if err != nil {
		return BIOS{}, err
	}
	defer os.RemoveAll(dir)
	for name, content := range p.BIOSFiles {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return BIOS{}, err
		}
	}
	core, err := link(ctx, mkimage, dir)
	if err != nil {
		return BIOS{}, fmt.Errorf("link GRUB for a BIOS: %w", err)
	}
	b := BIOS{first: bytes.Clone(p.BIOSFiles["boot.img"]), core: core}
	return b, b.check()
}

func link(ctx context.Context, mkimage, dir string) ([]byte, error) {
	out := filepath.Join(dir, "core")
	args := append([]string{"-O", "i386-pc", "-d", dir, "-o", out, "-p", prefix}, strings.Fields(modules)...)
	if said, err := exec.CommandContext(ctx, mkimage, args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(said))
	}
	return os.ReadFile(out)
}

// check holds the files to the places that Install writes to.
func (b BIOS) check() error {
	switch {
	case len(b.first) != slot.SectorSize || b.first[bootDriveCheck] != 0xeb:
		return fmt.Errorf("first stage: %w", ErrShape)
	case len(b.core) < 2*slot.SectorSize || len(b.core) > slot.SizeBIOS:
		return fmt.Errorf("second stage of %d bytes: %w", len(b.core), ErrShape)
	case binary.LittleEndian.Uint64(b.core[coreListStart:]) != 2:
		return fmt.Errorf("second stage's list of sectors: %w", ErrShape)
	}
	return nil
}

// Install writes both stages to a disk that is laid out as the table says. It
// leaves the partition tables alone.
func (b BIOS) Install(disk slot.Device, table slot.Table) error {
	part, ok := table.Partition(slot.PartitionBIOS)
	if !ok {
		return fmt.Errorf("install GRUB for a BIOS: %w", slot.ErrForeign)
	}
	offset, _ := part.Bytes()
	if _, err := disk.WriteAt(b.placedCore(part.First), offset); err != nil {
		return fmt.Errorf("install GRUB's second stage: %w", err)
	}
	if _, err := disk.WriteAt(b.placedFirst(part.First), 0); err != nil {
		return fmt.Errorf("install GRUB's first stage: %w", err)
	}
	return nil
}

// placedFirst tells the first stage where the second is, and lets it mistrust
// the drive number, which some BIOSes get wrong.
func (b BIOS) placedFirst(sector uint64) []byte {
	first := bytes.Clone(b.first[:bootCode])
	binary.LittleEndian.PutUint64(first[bootCoreSector:], sector)
	copy(first[bootDriveCheck:], []byte{0x90, 0x90})
	return first
}

// placedCore tells the second stage's first sector where the rest of it is.
func (b BIOS) placedCore(sector uint64) []byte {
	core := bytes.Clone(b.core)
	binary.LittleEndian.PutUint64(core[coreListStart:], sector+1)
	return core
}
