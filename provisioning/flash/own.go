package flash

import (
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Own makes a disk with an image of Mallette one of its own: random
// identifiers, a data partition to the disk's end, and how it joins a fleet.
// It is the Edit of a [Stick], and refuses an image in which a slot does not
// say what it holds, with [KindForeign].
func Own(join slot.Join) func(Editable) error {
	return func(disk Editable) error {
		table, esp, err := open(disk)
		if err != nil {
			return err
		}
		if _, err := Releases(esp); err != nil {
			return err
		}
		if !join.Empty() {
			if err := slot.WriteJoin(esp, join); err != nil {
				return err
			}
		}
		return table.Renew().Grow(uint64(disk.Size() / slot.SectorSize)).Write(disk)
	}
}

// open reads the table and the boot partition of a disk.
func open(disk Editable) (slot.Table, *slot.ESP, error) {
	table, _, err := slot.ReadTable(disk, uint64(disk.Size()/slot.SectorSize))
	if err != nil {
		return table, nil, fail(KindForeign, err)
	}
	p, ok := table.Partition(slot.PartitionESP)
	if !ok || !table.Ours() {
		return table, nil, fail(KindForeign, errors.New("not our partitions"))
	}
	off, size := p.Bytes()
	esp, err := slot.OpenESP(slot.Section(disk, off, size))
	if err != nil {
		return table, nil, fail(KindForeign, err)
	}
	return table, esp, nil
}

// Releases returns what both slots of a boot partition hold. A slot that does
// not say so is [KindForeign]: a station needs two systems.
func Releases(esp *slot.ESP) ([2]slot.Release, error) {
	var both [2]slot.Release
	for n, id := range []slot.ID{slot.A, slot.B} {
		r, err := release(esp, id)
		if err != nil {
			return both, fail(KindForeign, fmt.Errorf("slot %s: %w", id, err))
		}
		both[n] = r
	}
	return both, nil
}

func release(esp *slot.ESP, id slot.ID) (slot.Release, error) {
	f, err := esp.Open(slot.ContainerFile(id))
	if err != nil {
		return slot.Release{}, err
	}
	c, err := slot.OpenContainer(f)
	if err != nil {
		return slot.Release{}, err
	}
	if _, err := c.Open(slot.ContainerKernel); err != nil {
		return slot.Release{}, err
	}
	initrd, err := c.Open(slot.ContainerInitrd)
	if err != nil {
		return slot.Release{}, err
	}
	return slot.ReadRelease(initrd)
}

// Changing returns the parts of a written disk that differ from its image by
// right: its table, the files that a station overwrites, and its data.
func Changing(disk Editable) ([]Range, error) {
	table, esp, err := open(disk)
	if err != nil {
		return nil, err
	}
	ranges := []Range{{slot.SectorSize, Head - slot.SectorSize}}
	p, _ := table.Partition(slot.PartitionESP)
	start, _ := p.Bytes()
	for _, name := range []string{slot.FileJoin, slot.FileEnv, slot.FileEnvSpare} {
		f, err := esp.Open(name)
		if err != nil {
			return nil, fail(KindForeign, err)
		}
		f.Places(func(off, n int64) { ranges = append(ranges, Range{start + off, n}) })
	}
	perm, _ := table.Partition(slot.PartitionPerm)
	data, _ := perm.Bytes()
	return append(ranges, Range{data, disk.Size() - data}), nil
}

// View is a disk as an [Editable] that cannot be changed.
func View(target Target) Editable { return view{target} }

type view struct{ Target }

// WriteAt implements [Editable]: it refuses.
func (view) WriteAt([]byte, int64) (int, error) { return 0, fail(KindReadOnly, nil) }

// ReadAt implements [Editable] for any place and length.
func (v view) ReadAt(b []byte, off int64) (int, error) {
	from := off &^ (Block - 1)
	span := aligned(int(roundUp(off + int64(len(b)) - from)))
	span = span[:min(int64(len(span)), max(v.Size()-from, 0))]
	n, err := v.Target.ReadAt(span, from)
	n = copy(b, span[min(int64(n), off-from):n])
	if n < len(b) && err == nil {
		err = errors.New("behind the disk's end")
	}
	return n, err
}
