// Package flashtest makes small images of Mallette, laid out as the real ones,
// and block devices to write them to. It is for tests only.
package flashtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// run starts a program that makes file systems.
func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", name, err, out)
	}
}

// Raw makes an image as images/build lays it out, with tiny systems in
// it. without leaves a slot empty. Under the race detector the test is skipped:
// partitions have the size they have.
func Raw(t testing.TB, without slot.ID) (raw string) {
	t.Helper()
	if slow {
		t.Skip("three gigabytes under the race detector take too long: make test does it without")
	}
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
	for _, id := range []slot.ID{slot.A, slot.B} {
		p, _ := table.Partition(id.Partition())
		off, _ := p.Bytes()
		if id == without {
			continue
		}
		if _, err := f.WriteAt(root(), off); err != nil {
			t.Fatal(err)
		}
	}
	part, _ := table.Partition(slot.PartitionESP)
	fill(t, raw, part, without)
	return raw
}

// fill makes the boot partition with the programs that a technician would use.
func fill(t testing.TB, raw string, part slot.Partition, without slot.ID) {
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

// root is a system of two blocks.
func root() []byte { return bytes.Repeat([]byte("racine__"), 1024) }

// container is what a slot holds, but for a kernel and a root.
func container(t testing.TB) []byte {
	t.Helper()
	sealed, _, err := slot.Seal(bytes.NewReader(root()), []byte("sel"), slot.GUID{})
	if err != nil {
		t.Fatal(err)
	}
	head, err := slot.Describe(slot.Release{Name: "essai", Kernel: "6.12", Arch: "amd64", Root: sealed})
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

// Compressed packs a disk as images are published, beside it.
func Compressed(t testing.TB, raw string) (path string) {
	t.Helper()
	in, err := os.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path = raw + ".zst"
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
	return path
}

// Loop makes a block device of a file and returns its name. It needs root and a
// kernel with loop devices, which a container may not have: the test is skipped.
func Loop(t testing.TB, file string) string {
	t.Helper()
	out, err := exec.Command("losetup", "--find", "--show", "--partscan", file).Output()
	if err != nil {
		t.Skip("no loop device here: ", err)
	}
	name := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("losetup", "--detach", name).Run() })
	return strings.TrimPrefix(name, "/dev/")
}

// Sparse makes a block device of that size that holds nothing yet.
func Sparse(t testing.TB, size int64) (name string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cle.img")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
	return Loop(t, file)
}
