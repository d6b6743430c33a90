package flash_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/provisioning/flash"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// run starts a program that makes file systems.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", name, err, out)
	}
}

// builtImage makes an image as images/build lays it out, with tiny systems in
// it. without leaves a slot empty.
func builtImage(t *testing.T, without slot.ID) (raw string) {
	t.Helper()
	raw = filepath.Join(t.TempDir(), "mallette.img")
	f, err := os.Create(raw)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := slot.NewTable(slot.ImageSectors(4 << 20))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(int64(table.Sectors) * slot.SectorSize); err != nil {
		t.Fatal(err)
	}
	mbr := slot.ProtectiveMBR()
	if _, err := f.WriteAt(mbr[:], 0); err != nil {
		t.Fatal(err)
	}
	if err := table.Write(f); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("root A"), 516<<20); err != nil {
		t.Fatal(err)
	}
	part, _ := table.Partition(slot.PartitionESP)
	fill(t, raw, part, without)
	return raw
}

// fill makes the boot partition with the programs that a technician would use.
func fill(t *testing.T, raw string, part slot.Partition, without slot.ID) {
	t.Helper()
	off, size := part.Bytes()
	esp := filepath.Join(t.TempDir(), "esp")
	if err := os.WriteFile(esp, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(esp, size); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.vfat", "-F", "32", "-n", "MALLETTE", esp)
	run(t, "mmd", "-i", esp, "::/mallette", "::/slot-a", "::/slot-b")
	for name, n := range slot.Preallocated() {
		content := make([]byte, n)
		if name == slot.ContainerFile(slot.A) || name == slot.ContainerFile(slot.B) {
			content = make([]byte, 1<<20)
			if name != slot.ContainerFile(without) || without == slot.None {
				copy(content, container(t))
			}
		}
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, "mcopy", "-i", esp, file, "::"+name)
	}
	run(t, "dd", "if="+esp, "of="+raw, "bs=1M", "seek="+strconv.FormatInt(off>>20, 10), "conv=notrunc,sparse", "status=none")
}

func container(t *testing.T) []byte {
	t.Helper()
	head, err := slot.Describe(slot.Release{Name: "essai", Kernel: "6.12", Arch: "amd64",
		Root: slot.Verity{Algorithm: "sha256", Blocks: 2, Salt: "00", Hash: strings.Repeat("ab", 32)}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	_, err = slot.WriteContainer(&b, []slot.Content{
		{Name: slot.ContainerKernel, Size: 5, Data: strings.NewReader("linux")},
		{Name: slot.ContainerInitrd, Size: int64(len(head)), Data: bytes.NewReader(head)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func compressed(t *testing.T, raw string) *flash.Image {
	t.Helper()
	in, err := os.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := raw + ".zst"
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	st, err := in.Stat()
	if err != nil {
		t.Fatal(err)
	}
	enc.ResetContentSize(out, st.Size())
	if _, err := enc.ReadFrom(in); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	i, err := flash.OpenImage(path, sumOf(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// sparseLoop is a stick of that size that holds nothing yet.
func sparseLoop(t *testing.T, size int64) flash.Disk {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cle.img")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
	return look(t, attach(t, file))
}

// TestOwn writes an image as it is built onto a larger stick, with what it
// needs to join a fleet, and holds the stick against the image.
func TestOwn(t *testing.T) {
	const size = 4 << 30
	i := compressed(t, builtImage(t, slot.None))
	d := sparseLoop(t, size)
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
	if done, err := v.Zero(516<<20, flash.Block); !done || err != nil { // in root A
		t.Skip("this kernel does not zero loop devices")
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
		f, err := os.OpenFile(builtImage(t, without), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		wantKinds(t, []error{flash.Own(slot.Join{})(file{f})}, flash.KindForeign)
	}
}
