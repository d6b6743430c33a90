package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/images/build/cache"
	"github.com/mallette-kit/mallette/images/build/fat"
	"github.com/mallette-kit/mallette/images/build/loader"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// makeDisk lays the disk out: both slots hold the release, the data partition is
// just large enough, every identifier is the image's.
func (p *pc) makeDisk(ctx context.Context) error {
	parts, err := p.parts()
	if err != nil {
		return err
	}
	files, err := parts.ESP()
	if err != nil {
		return err
	}
	bios, err := parts.BIOS(ctx, "grub-mkimage")
	if err != nil {
		return err
	}
	key := cache.KeyOf("1", filepath.Base(p.root), filepath.Base(filepath.Dir(p.container)), filepath.Base(filepath.Dir(p.perm.file)),
		files, fmt.Sprint(bios), slot.ImageGUID(0), p.Date.Unix())
	dir, err := p.step("disk", key, func(dir string) error { return p.lay(filepath.Join(dir, "disk.img"), files, bios) })
	p.disk = filepath.Join(dir, "disk.img")
	p.report.file("kernel container", p.container, slot.SizeContainer)
	p.report.file("root with hash tree", filepath.Join(p.root, rootImage), slot.SizeRoot)
	p.report.file("perm", p.perm.file, 0)
	return err
}

// lay writes the disk. What is zero is not written: the file is sparse.
func (p *pc) lay(out string, files map[string][]byte, bios loader.BIOS) error {
	table, err := slot.NewTable(slot.ImageSectors(p.perm.size))
	if err != nil {
		return err
	}
	disk, err := os.Create(out)
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := disk.Truncate(int64(table.Sectors) * slot.SectorSize); err != nil {
		return err
	}
	mbr := slot.ProtectiveMBR()
	if _, err := disk.WriteAt(mbr[:], 0); err != nil {
		return err
	}
	if err := errors.Join(table.Write(disk), bios.Install(disk, table), p.bootPartition(disk, table, files)); err != nil {
		return err
	}
	root := filepath.Join(p.root, rootImage)
	for number, file := range map[int]string{slot.PartitionRootA: root, slot.PartitionRootB: root, slot.PartitionPerm: p.perm.file} {
		if err := fill(disk, table, number, file); err != nil {
			return err
		}
	}
	return disk.Close()
}

// bootPartition makes the file system of loader, containers and what is
// overwritten in place.
func (p *pc) bootPartition(disk *os.File, table slot.Table, loaded map[string][]byte) error {
	part, ok := table.Partition(slot.PartitionESP)
	if !ok {
		return slot.ErrForeign
	}
	offset, size := part.Bytes()
	files := map[string]fat.File{}
	for name, size := range slot.Preallocated() {
		files[name] = fat.File{Path: name, Size: size}
	}
	for name, content := range loaded {
		files[name] = fat.File{Path: name, Size: max(int64(len(content)), files[name].Size), Content: bytes.NewReader(content)}
	}
	for _, id := range []slot.ID{slot.A, slot.B} {
		f, err := os.Open(p.container)
		if err != nil {
			return err
		}
		defer f.Close()
		name := slot.ContainerFile(id)
		files[name] = fat.File{Path: name, Size: files[name].Size, Content: f}
	}
	sum := sha256.Sum256([]byte("boot partition"))
	v := fat.Volume{Sectors: uint32(size / slot.SectorSize), Hidden: uint32(offset / slot.SectorSize), Serial: binary.LittleEndian.Uint32(sum[:]),
		Label: "MALLETTE", Time: p.Date}
	return v.Write(io.NewOffsetWriter(disk, offset), values(files))
}

func values(files map[string]fat.File) (all []fat.File) {
	for _, f := range files {
		all = append(all, f)
	}
	return all
}

// fill copies a file to the beginning of a partition, leaving out what is zero.
func fill(disk *os.File, table slot.Table, number int, file string) error {
	part, ok := table.Partition(number)
	if !ok {
		return slot.ErrForeign
	}
	offset, size := part.Bytes()
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() > size {
		return fmt.Errorf("partition %d: %d bytes do not fit %d", number, st.Size(), size)
	}
	return sparse(io.NewOffsetWriter(disk, offset), f)
}

func sparse(w io.WriterAt, r io.Reader) error {
	b, zero := make([]byte, 1<<20), make([]byte, 1<<20)
	for at := int64(0); ; {
		n, err := io.ReadFull(r, b)
		if n > 0 && !bytes.Equal(b[:n], zero[:n]) {
			if _, err := w.WriteAt(b[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
