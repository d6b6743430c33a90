package slot_test

import (
	"bytes"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

// cache is a disk that writes sectors whole, in any order between two syncs,
// and may lose power at any moment.
type cache struct {
	base    io.ReaderAt
	sectors map[int64][]byte
	epochs  [][]sector // what was written before each sync
}

type sector struct {
	at      int64
	content []byte
}

func newCache(base io.ReaderAt) *cache {
	return &cache{base: base, sectors: map[int64][]byte{}, epochs: [][]sector{nil}}
}

func (c *cache) sector(n int64) []byte {
	if s, ok := c.sectors[n]; ok {
		return s
	}
	s := make([]byte, slot.SectorSize)
	_, _ = c.base.ReadAt(s, n*slot.SectorSize)
	return s
}

// ReadAt implements [io.ReaderAt].
func (c *cache) ReadAt(p []byte, off int64) (int, error) {
	for i := 0; i < len(p); {
		at := off + int64(i)
		i += copy(p[i:], c.sector(at / slot.SectorSize)[at%slot.SectorSize:])
	}
	return len(p), nil
}

// WriteAt implements [io.WriterAt].
func (c *cache) WriteAt(p []byte, off int64) (int, error) {
	for i := 0; i < len(p); {
		at := off + int64(i)
		s := bytes.Clone(c.sector(at / slot.SectorSize))
		i += copy(s[at%slot.SectorSize:], p[i:])
		c.sectors[at/slot.SectorSize] = s
		last := len(c.epochs) - 1
		c.epochs[last] = append(c.epochs[last], sector{at / slot.SectorSize, s})
	}
	return len(p), nil
}

// Sync implements [slot.Device].
func (c *cache) Sync() error {
	c.epochs = append(c.epochs, nil)
	return nil
}

// cuts calls check with every disk that a power cut may leave: each prefix of
// what was written, each sector alone missing or alone there since the last
// sync, and some random halves.
func (c *cache) cuts(check func(disk *cache)) {
	kept := map[int64][]byte{}
	leave := func(list []sector) {
		d := newCache(c.base)
		maps.Copy(d.sectors, kept)
		for _, s := range list {
			d.sectors[s.at] = s.content
		}
		check(d)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, epoch := range c.epochs {
		for i := range epoch {
			leave(epoch[:i])
			leave(epoch[i : i+1])
			leave(append(append([]sector(nil), epoch[:i]...), epoch[i+1:]...))
			var half []sector
			for _, s := range epoch {
				if r.IntN(2) == 0 {
					half = append(half, s)
				}
			}
			leave(half)
		}
		for _, s := range epoch {
			kept[s.at] = s.content
		}
		leave(nil)
	}
}

// testSectors is a disk just large enough, and one that is larger.
const testSectors, moreSectors = 5_300_000, 15_000_000

func imageTable(t testing.TB) slot.Table {
	t.Helper()
	table, err := slot.NewTable(testSectors)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// written returns a disk that holds a table.
func written(t testing.TB, table slot.Table) *cache {
	t.Helper()
	disk := newCache(bytes.NewReader(nil))
	if err := table.Write(disk); err != nil {
		t.Fatal(err)
	}
	return disk
}

func TestPowerCutsWhileTheTableIsWritten(t *testing.T) {
	image := imageTable(t)
	own := image.Renew()
	torn := written(t, own)
	torn.sectors[3] = make([]byte, slot.SectorSize) // in the first copy's entries
	cases := []struct {
		name    string
		disk    *cache
		sectors uint64
		was, is slot.Table
	}{
		{"own identifiers", written(t, image), testSectors, image, own},
		{"first start on a larger disk", written(t, image), moreSectors, image, own.Grow(moreSectors)},
		{"mending a torn first copy", torn, testSectors, own, own},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			work := newCache(c.disk)
			if err := c.is.Write(work); err != nil {
				t.Fatal(err)
			}
			n := 0
			work.cuts(func(disk *cache) {
				n++
				got, _, err := slot.ReadTable(disk, c.sectors)
				if err != nil || !reflect.DeepEqual(got, c.was) && !reflect.DeepEqual(got, c.is) {
					t.Fatalf("after cut %d ReadTable = %+v, %v; want the old table or the new", n, got, err)
				}
			})
			if n < 100 {
				t.Errorf("%d cuts tried; want every sector", n)
			}
			got, found, err := slot.ReadTable(work, c.sectors)
			if err != nil || !found.Whole() || !reflect.DeepEqual(got, c.is) {
				t.Errorf("ReadTable = %+v, %+v, %v; want the new table, whole", got, found, err)
			}
		})
	}
}

func TestPowerCutsWhileTheLoadersMemoryIsWritten(t *testing.T) {
	image, err := os.Open(slottest.ESP(t))
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	was, is := slot.NewEnv(), slot.NewEnv().Arm(slot.B)
	work := newCache(image)
	esp, err := slot.OpenESP(work)
	if err != nil {
		t.Fatal(err)
	}
	if err := slot.WriteEnv(esp, is); err != nil {
		t.Fatal(err)
	}
	work.cuts(func(disk *cache) {
		esp, err := slot.OpenESP(disk)
		if err != nil {
			t.Fatal(err)
		}
		got, whole, err := slot.ReadEnv(esp)
		if err != nil || !whole || !reflect.DeepEqual(got, was) && !reflect.DeepEqual(got, is) {
			t.Fatalf("ReadEnv = %+v, whole %v, %v; want the old memory or the new, whole", got, whole, err)
		}
	})
}

// TestSpareIsBelieved damages each sector of the memory in turn, as a disk does
// that was writing it when power went.
func TestSpareIsBelieved(t *testing.T) {
	esp := slottest.Open(t, slottest.ESP(t))
	env := slot.NewEnv().Arm(slot.B)
	if err := slot.WriteEnv(esp, env); err != nil {
		t.Fatal(err)
	}
	f, err := esp.Open(slot.FileEnv)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{0, slot.SectorSize} {
		if _, err := f.WriteAt(make([]byte, slot.SectorSize), at); err != nil {
			t.Fatal(err)
		}
		got, whole, err := slot.ReadEnv(esp)
		if err != nil || whole || !reflect.DeepEqual(got, env) {
			t.Errorf("ReadEnv = %+v, whole %v, %v; want the spare's %+v", got, whole, err, env)
		}
		if err := slot.WriteEnv(esp, env); err != nil {
			t.Fatal(err)
		}
	}
}
