package flash_test

import (
	"os"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/flash"
	"github.com/mallette-kit/mallette/provisioning/flash/flashtest"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// built is the image that a technician is given.
func built(t *testing.T) *flash.Image {
	t.Helper()
	path := flashtest.Compressed(t, flashtest.Raw(t, slot.None))
	i, err := flash.OpenImage(path, sumOf(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestOwn writes an image as it is built onto a larger stick, with what it
// needs to join a fleet, and holds the stick against the image.
func TestOwn(t *testing.T) {
	const size = 4 << 30
	i := built(t)
	d := look(t, flashtest.Sparse(t, size))
	v := open(t, d)
	join := slot.Join{Token: "mallette1.essai", Place: "Médiathèque", WiFi: []slot.WiFi{{Name: "salle", Secret: "invention"}}}
	wantKinds(t, flash.Write(t.Context(), i, []*flash.Stick{{Target: v, Edit: flash.Own(join)}}), "")
	view := flash.View(v)
	table, found, err := slot.ReadTable(view, size/slot.SectorSize)
	if err != nil || !found.Whole() || !table.Ours() || table.FromImage() || table.Sectors != size/slot.SectorSize {
		t.Errorf("table = %+v, %+v, %v; want whole, ours, its own, as large as the disk", table, found, err)
	}
	esp, _ := table.Partition(slot.PartitionESP)
	off, n := esp.Bytes()
	fat, err := slot.OpenESP(slot.Section(view, off, n))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := slot.ReadJoin(fat); err != nil || got.Token != join.Token || got.Place != join.Place || got.WiFi[0] != join.WiFi[0] {
		t.Errorf("ReadJoin = %v, %v; want what was given", got, err)
	}
	same(t, i, v)
}

func same(t *testing.T, i *flash.Image, v *flash.Device) {
	t.Helper()
	ranges, err := flash.Changing(flash.View(v))
	if err != nil {
		t.Fatal(err)
	}
	compare := func() error { return flash.Compare(t.Context(), i, v, ranges, func(flash.Progress) {}) }
	wantKinds(t, []error{compare()}, "")
	if done, err := v.Zero(514<<20, flash.Block); !done || err != nil { // in root A
		needs.Missing(t, "this kernel does not zero loop devices")
	}
	wantKinds(t, []error{compare()}, flash.KindDiffers)
}

// file is an image that is edited where it lies.
type file struct{ *os.File }

func (f file) Size() int64 {
	st, err := f.Stat()
	if err != nil {
		return 0
	}
	return st.Size()
}

// TestOwnOneSystem: an image that lacks a system is not made bootable.
func TestOwnOneSystem(t *testing.T) {
	for _, without := range []slot.ID{slot.A, slot.B} {
		f, err := os.OpenFile(flashtest.Raw(t, without), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		wantKinds(t, []error{flash.Own(slot.Join{})(file{f})}, flash.KindForeign)
	}
}
