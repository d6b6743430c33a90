package flash

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// patch is a disk with changes that nobody sees yet.
type patch struct {
	disk   patient
	head   []byte           // the first bytes, not on the disk yet
	blocks map[int64][]byte // changed blocks behind the head, by offset
}

var _ Editable = (*patch)(nil)

// Size implements [Editable].
func (p *patch) Size() int64 { return p.disk.Size() }

// Sync implements [Editable].
func (p *patch) Sync() error { return nil }

// ReadAt implements [Editable].
func (p *patch) ReadAt(b []byte, off int64) (int, error) {
	return p.each(b, off, func(part []byte, at, inside int64) error {
		block, err := p.block(at)
		if err == nil {
			copy(part, block[inside:])
		}
		return err
	})
}

// WriteAt implements [Editable].
func (p *patch) WriteAt(b []byte, off int64) (int, error) {
	return p.each(b, off, func(part []byte, at, inside int64) error {
		block, err := p.block(at)
		if err != nil {
			return err
		}
		copy(block[inside:], part)
		if at >= Head {
			p.blocks[at] = block
		}
		return nil
	})
}

// each cuts b where the disk's blocks end.
func (p *patch) each(b []byte, off int64, act func(part []byte, at, inside int64) error) (done int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("edit disk: offset %d", off)
	}
	for done < len(b) && off < p.Size() {
		at := off &^ (Block - 1)
		n := min(len(b)-done, int(min(at+Block, p.Size())-off))
		if err := act(b[done:done+n], at, off-at); err != nil {
			return done, err
		}
		done, off = done+n, off+int64(n)
	}
	if done < len(b) {
		return done, io.EOF
	}
	return done, nil
}

// block is the block as it will be. The last one of a disk may be short.
func (p *patch) block(at int64) ([]byte, error) {
	if at < Head {
		return p.head[at : at+Block], nil
	}
	if b, ok := p.blocks[at]; ok {
		return b, nil
	}
	b := aligned(int(min(Block, p.Size()-at)))
	return b, p.disk.read(b, at)
}

// commit writes the changes behind the head, then the table, then the first
// block: with it, and not before, the disk is one.
func (p *patch) commit() error {
	for _, at := range slices.Sorted(maps.Keys(p.blocks)) {
		if err := written(p.disk, p.blocks[at], at); err != nil {
			return err
		}
	}
	if err := written(p.disk, p.head[Block:], Block); err != nil {
		return err
	}
	return written(p.disk, p.head[:Block], 0)
}
