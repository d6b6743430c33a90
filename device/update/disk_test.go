package update_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// errPower says that there is none.
var errPower = errors.New("no power")

// disk is a disk that writes sectors whole, in any order between two syncs, and
// loses its power after so many writes.
type disk struct {
	esp     io.ReaderAt // what the first partition held at first
	kept    map[sectorAt][]byte
	cached  map[sectorAt][]byte // written, not synced
	left    int                 // writes until the power goes; below 0: never
	off     bool
	went    func() // called when it goes
	written int
}

type sectorAt struct {
	part int
	n    int64
}

func newDisk(t testing.TB, esp string) *disk {
	t.Helper()
	f, err := os.Open(esp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &disk{esp: f, kept: map[sectorAt][]byte{}, cached: map[sectorAt][]byte{}, left: -1}
}

// point is a moment at which the power may go.
func (d *disk) point() error {
	if d.off {
		return errPower
	}
	if d.left == 0 {
		d.off = true
		if d.went != nil {
			d.went()
		}
		return errPower
	}
	if d.left > 0 {
		d.left--
	}
	return nil
}

// crash is what the disk holds after the power went: each sector that was not
// synced may have reached it or not.
func (d *disk) crash(r *rand.Rand) {
	for at, b := range d.cached {
		if r.IntN(2) == 0 {
			d.kept[at] = b
		}
	}
	d.cached, d.off, d.left, d.went = map[sectorAt][]byte{}, false, -1, nil
}

func (d *disk) sync() error {
	if err := d.point(); err != nil {
		return err
	}
	maps.Copy(d.kept, d.cached)
	d.cached = map[sectorAt][]byte{}
	return nil
}

func (d *disk) sector(at sectorAt) []byte {
	if b, ok := d.cached[at]; ok {
		return b
	}
	if b, ok := d.kept[at]; ok {
		return b
	}
	b := make([]byte, slot.SectorSize)
	if at.part == slot.PartitionESP {
		_, _ = d.esp.ReadAt(b, at.n*slot.SectorSize)
	}
	return b
}

// part is a partition of the disk.
func (d *disk) part(n int) part { return part{d, n} }

type part struct {
	d *disk
	n int
}

// ReadAt implements [io.ReaderAt].
func (p part) ReadAt(b []byte, off int64) (int, error) {
	if p.d.off {
		return 0, errPower
	}
	for i := 0; i < len(b); {
		at := off + int64(i)
		i += copy(b[i:], p.d.sector(sectorAt{p.n, at / slot.SectorSize})[at%slot.SectorSize:])
	}
	return len(b), nil
}

// WriteAt implements [io.WriterAt]; the power may go within it.
func (p part) WriteAt(b []byte, off int64) (int, error) {
	for i := 0; i < len(b); {
		at := off + int64(i)
		where := sectorAt{p.n, at / slot.SectorSize}
		if err := p.d.point(); err != nil {
			return i, err
		}
		s := bytes.Clone(p.d.sector(where))
		i += copy(s[at%slot.SectorSize:], b[i:])
		p.d.cached[where] = s
		p.d.written++
	}
	return len(b), nil
}

// Sync implements [slot.Device].
func (p part) Sync() error { return p.d.sync() }

// Close implements [io.Closer].
func (part) Close() error { return nil }
