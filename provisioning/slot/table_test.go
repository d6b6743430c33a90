package slot_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

var update = flag.Bool("update", false, "write golden files again")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (renew with -update): got\n%s\nwant\n%s", name, got, want)
	}
}

func TestLayoutNeverChanges(t *testing.T) {
	table := imageTable(t)
	var b strings.Builder
	fmt.Fprintln(&b, "disk", table.Disk)
	for _, p := range table.Partitions {
		fmt.Fprintf(&b, "%d %s %s %s %d-%d %016x\n", p.Number, p.Name, p.Type, p.GUID, p.First, p.Last, p.Attributes)
	}
	fmt.Fprintln(&b, "image with 96 MiB of perm:", slot.ImageSectors(96<<20), "sectors")
	for name, size := range map[string]int64{slot.FileEnv: 1024, slot.FileEnvSpare: 1024, slot.FileContainerA: 64 << 20, slot.FileContainerB: 64 << 20, slot.FileJoin: 16384} {
		if got := slot.Preallocated()[name]; got != size {
			t.Errorf("Preallocated[%s] = %d; want %d", name, got, size)
		}
	}
	golden(t, "layout.txt", b.String())
}

func TestSgdiskAgrees(t *testing.T) {
	sgdisk := needs.Program(t, "sgdisk", "gdisk")
	file := filepath.Join(t.TempDir(), "disk")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := imageTable(t).Renew().Grow(moreSectors)
	mbr := slot.ProtectiveMBR()
	_, err = f.WriteAt(mbr[:], 0)
	if err := errors.Join(err, f.Truncate(moreSectors*slot.SectorSize), table.Write(f)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(sgdisk, "-v", "-p", file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "No problems found") || !strings.Contains(string(out), "mallette-root-b") {
		t.Errorf("sgdisk = %v:\n%s", err, out)
	}
}

func TestTableOfALargerDisk(t *testing.T) {
	image := imageTable(t)
	got, found, err := slot.ReadTable(written(t, image), moreSectors)
	if err != nil || !reflect.DeepEqual(got, image) || !found.Primary || found.Backup {
		t.Fatalf("ReadTable = %+v, %+v, %v; want the image's table with its second copy misplaced", got, found, err)
	}
	grown := got.Grow(moreSectors)
	perm, _ := grown.Partition(slot.PartitionPerm)
	if end := uint64(moreSectors); end-perm.Last > 4096 || perm.Last >= end-33 {
		t.Errorf("perm ends at %d of %d; want it to fill the disk", perm.Last, end)
	}
	if back := grown.Grow(testSectors); !reflect.DeepEqual(back, grown) {
		t.Errorf("Grow to less = %+v; want no change", back)
	}
}

func TestIdentity(t *testing.T) {
	image := imageTable(t)
	own := image.Renew()
	if !image.Ours() || !own.Ours() || !own.Grow(moreSectors).Ours() {
		t.Error("Ours = false; want true for every table of this package")
	}
	if !image.FromImage() || own.FromImage() {
		t.Errorf("FromImage = %v, %v; want true for the image only", image.FromImage(), own.FromImage())
	}
	seen := map[slot.GUID]bool{own.Disk: true}
	for _, p := range own.Partitions {
		if seen[p.GUID] {
			t.Errorf("identifier %s twice", p.GUID)
		}
		seen[p.GUID] = true
	}
	other := image
	other.Partitions = image.Partitions[:3]
	if other.Ours() {
		t.Error("Ours = true for three partitions; want false")
	}
}

func TestNoTable(t *testing.T) {
	if _, err := slot.NewTable(1 << 20); !errors.Is(err, slot.ErrTooSmall) {
		t.Errorf("NewTable = %v; want ErrTooSmall", err)
	}
	if _, _, err := slot.ReadTable(bytes.NewReader(make([]byte, 1<<20)), 2048); !errors.Is(err, slot.ErrNoTable) {
		t.Errorf("ReadTable of zeros = %v; want ErrNoTable", err)
	}
}

func TestGUID(t *testing.T) {
	const text = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	g, err := slot.ParseGUID(strings.ToUpper(text))
	if err != nil || g.String() != text {
		t.Errorf("ParseGUID = %s, %v; want %s", g, err, text)
	}
	for _, wrong := range []string{"", "c12a7328", text + "0", strings.ReplaceAll(text, "-", ""), "c12a-7328f81f-11d2-ba4b-00a0c93ec93b", "z12a7328-f81f-11d2-ba4b-00a0c93ec93b"} {
		if _, err := slot.ParseGUID(wrong); err == nil {
			t.Errorf("ParseGUID(%q) = nil; want an error", wrong)
		}
	}
}

func FuzzTable(f *testing.F) {
	disk := written(f, imageTable(f))
	head := make([]byte, 34*slot.SectorSize)
	if _, err := disk.ReadAt(head, 0); err != nil {
		f.Fatal(err)
	}
	f.Add(head)
	f.Add(head[:600])
	f.Fuzz(func(t *testing.T, b []byte) {
		table, found, err := slot.ReadTable(bytes.NewReader(b), uint64(len(b)/slot.SectorSize))
		if err != nil {
			return
		}
		if !found.Primary && !found.Backup {
			t.Error("a table without a whole copy")
		}
		table.Ours()
		table.Grow(1 << 40)
	})
}
