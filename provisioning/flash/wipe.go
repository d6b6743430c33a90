package flash

import (
	"context"
	"fmt"
)

// Wipe overwrites everything that can be reached on a disk with zeros, from its
// first byte to its last, and reads it back. What a stick's or an SSD's own
// controller keeps in reserve cannot be reached: a laboratory that takes the
// memory out may find remains there.
//
// Until it is done the disk is recognised by [Unfinished].
func Wipe(ctx context.Context, target Target, tell func(Progress)) error {
	disk := patient{target, ctx}
	tell(Progress{PhaseErase, 0, disk.Size()})
	if err := unmake(disk); err != nil {
		return err
	}
	nothing := aligned(Chunk)
	err := spans(disk.Size(), func(off, n int64) error {
		tell(Progress{PhaseErase, off, disk.Size()})
		return overwrite(disk, nothing[:n], off)
	})
	if err != nil {
		return err
	}
	if err := disk.sync(); err != nil {
		return err
	}
	if err := spans(disk.Size(), func(off, n int64) error {
		tell(Progress{PhaseCheck, off, disk.Size()})
		return isZero(disk, nothing[:n], off)
	}); err != nil {
		return err
	}
	clear(nothing)
	return written(disk, nothing[:Block], 0)
}

// spans walks over a disk, all but its first block.
func spans(size int64, act func(off, n int64) error) error {
	for off := int64(Block); off < size; off += Chunk {
		if err := act(off, min(Chunk, size-off)); err != nil {
			return err
		}
	}
	return nil
}

func overwrite(disk patient, nothing []byte, off int64) error {
	if done, err := disk.zero(off, int64(len(nothing))); done || err != nil {
		return err
	}
	return disk.write(nothing, off)
}

func isZero(disk patient, back []byte, off int64) error {
	if err := disk.read(back, off); err != nil {
		return err
	}
	if !zeros(back) {
		return fail(KindDiffers, fmt.Errorf("behind byte %d", off))
	}
	return nil
}
