package flash

import (
	"errors"
	"fmt"
	"io"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Running is the disk that this machine was started from, as an installation
// copies it: everything before its data, with the running system in both
// slots. It never writes to that disk.
type Running struct {
	disk  io.ReaderAt
	size  int64
	moved []moved
}

var _ Source = (*Running)(nil)

// moved is a stretch of the copy that is read from elsewhere.
type moved struct{ at, n, from int64 }

// OpenRunning looks at the disk that was started from; id is the slot that
// runs.
func OpenRunning(disk Editable, id slot.ID) (*Running, error) {
	table, esp, err := open(disk)
	if err != nil {
		return nil, err
	}
	r := &Running{disk: disk}
	perm, _ := table.Partition(slot.PartitionPerm)
	r.size, _ = perm.Bytes()
	r.roots(table, id)
	return r, r.containers(table, esp, id)
}

func (r *Running) roots(table slot.Table, id slot.ID) {
	from, _ := table.Partition(id.Partition())
	to, _ := table.Partition(id.Other().Partition())
	at, n := to.Bytes()
	start, _ := from.Bytes()
	r.moved = append(r.moved, moved{at, n, start})
}

// containers moves the kernel: its two files may lie in pieces on the disk.
func (r *Running) containers(table slot.Table, esp *slot.ESP, id slot.ID) error {
	p, _ := table.Partition(slot.PartitionESP)
	start, _ := p.Bytes()
	from, err := pieces(esp, id, start)
	if err != nil {
		return err
	}
	to, err := pieces(esp, id.Other(), start)
	if err != nil {
		return err
	}
	for len(from) > 0 && len(to) > 0 {
		n := min(from[0].Len, to[0].Len)
		r.moved = append(r.moved, moved{to[0].Off, n, from[0].Off})
		from, to = behind(from, n), behind(to, n)
	}
	if len(from)+len(to) > 0 {
		return fail(KindForeign, errors.New("kernels of two lengths"))
	}
	return nil
}

func pieces(esp *slot.ESP, id slot.ID, start int64) (all []Range, err error) {
	f, err := esp.Open(slot.ContainerFile(id))
	if err != nil {
		return nil, fail(KindForeign, err)
	}
	f.Places(func(off, n int64) { all = append(all, Range{start + off, n}) })
	return all, nil
}

// behind is what is left of the ranges after n bytes of the first.
func behind(all []Range, n int64) []Range {
	if all[0].Len == n {
		return all[1:]
	}
	return append([]Range{{all[0].Off + n, all[0].Len - n}}, all[1:]...)
}

// Bytes implements [Source].
func (r *Running) Bytes() int64 { return r.size }

// Open implements [Source].
func (r *Running) Open() (Pass, error) { return &walk{r, 0}, nil }

// walk is one pass over the disk that runs.
type walk struct {
	*Running
	at int64
}

// Next implements [Pass].
func (w *walk) Next(b []byte) error {
	if w.at == w.size {
		return io.EOF
	}
	n := min(int64(len(b)), w.size-w.at)
	clear(b[n:])
	if err := w.read(b[:n], w.at); err != nil {
		return fail(KindDamaged, err)
	}
	w.at += n
	return nil
}

// read reads what belongs at off, wherever it lies.
func (w *walk) read(b []byte, off int64) error {
	for len(b) > 0 {
		from, n := w.place(off, int64(len(b)))
		if _, err := w.disk.ReadAt(b[:n], from); err != nil {
			return fmt.Errorf("read own disk: %w", err)
		}
		b, off = b[n:], off+n
	}
	return nil
}

// place says where the next bytes lie, and how many lie there in one piece.
func (w *walk) place(off, n int64) (from, length int64) {
	for _, m := range w.moved {
		switch {
		case off >= m.at && off < m.at+m.n:
			return m.from + off - m.at, min(n, m.at+m.n-off)
		case m.at > off:
			n = min(n, m.at-off)
		}
	}
	return off, n
}

// End implements [Pass]. Whether the systems are right is proved on the copy,
// see [Install].
func (w *walk) End() error { return nil }

// Close implements [Pass].
func (w *walk) Close() error { return nil }
