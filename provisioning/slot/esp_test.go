package slot_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

// mtools runs one of the tools on a boot partition.
func mtools(t *testing.T, tool, image string, args ...string) {
	t.Helper()
	if out, err := exec.Command(tool, append([]string{"-i", image}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", tool, err, out)
	}
}

func TestOverwriteChangesNothingElse(t *testing.T) {
	image := slottest.ESP(t)
	f, err := slottest.Open(t, image).Open("/SLOT-A/Boot.ISO") // FAT does not mind
	if err != nil || f.Size() != slottest.Container {
		t.Fatalf("Open = %v bytes, %v; want %d", f.Size(), err, slottest.Container)
	}
	want := bytes.Repeat([]byte("kernel!"), 100_000)
	_, err = f.WriteAt(want, 12345)
	if err := errors.Join(err, f.Sync()); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("fsck.fat", "-n", image).CombinedOutput(); err != nil {
		t.Errorf("fsck.fat = %v: %s", err, out)
	}
	back := filepath.Join(t.TempDir(), "back")
	mtools(t, "mcopy", image, "::"+slot.FileContainerA, back)
	got, err := os.ReadFile(back)
	if err != nil || len(got) != slottest.Container || !bytes.Equal(got[12345:][:len(want)], want) || got[0] != 0 {
		t.Errorf("mcopy gives %d bytes, %v; want what was written, at its place", len(got), err)
	}
	if _, err := f.WriteAt(make([]byte, 2), slottest.Container-1); !errors.Is(err, slot.ErrTooLong) {
		t.Errorf("WriteAt beyond the end = %v; want ErrTooLong", err)
	}
}

// TestScatteredFile: somebody edited join.json on another computer, which put it
// elsewhere, in pieces, under a name of its own making.
func TestScatteredFile(t *testing.T) {
	image := slottest.ESP(t)
	dir := t.TempDir()
	piece := filepath.Join(dir, "piece")
	if err := os.WriteFile(piece, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1", "2", "3", "4", "5", "6"} {
		mtools(t, "mcopy", image, piece, "::/mallette/piece"+name)
	}
	for _, name := range []string{"2", "4"} {
		mtools(t, "mdel", image, "::/mallette/piece"+name)
	}
	want := bytes.Repeat([]byte("a long story "), 2000)
	if err := os.WriteFile(piece, want, 0o600); err != nil {
		t.Fatal(err)
	}
	mtools(t, "mcopy", image, piece, "::/mallette/Un nom assez long, avec des accents éàü.txt")
	f, err := slottest.Open(t, image).Open("/mallette/un nom assez long, avec des accents éàü.TXT")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("ReadAll = %d bytes, %v; want %d", len(got), err, len(want))
	}
}

func TestOpenRefuses(t *testing.T) {
	esp := slottest.Open(t, slottest.ESP(t))
	for _, name := range []string{"", "/", "/mallette", "/mallette/none", "/mallette/grubenv/x", "//", "/none/grubenv"} {
		if _, err := esp.Open(name); !errors.Is(err, slot.ErrNoFile) {
			t.Errorf("Open(%q) = %v; want ErrNoFile", name, err)
		}
	}
	if _, err := slot.OpenESP(newCache(strings.NewReader("not a file system"))); !errors.Is(err, slot.ErrNotFAT) {
		t.Errorf("OpenESP = %v; want ErrNotFAT", err)
	}
}

func TestSection(t *testing.T) {
	disk := newCache(strings.NewReader(strings.Repeat("x", 4096)))
	s := slot.Section(disk, 1000, 10)
	if _, err := s.WriteAt([]byte("0123456789"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WriteAt([]byte("ab"), 9); !errors.Is(err, slot.ErrTooLong) {
		t.Errorf("WriteAt beyond the end = %v; want ErrTooLong", err)
	}
	got := make([]byte, 20)
	if n, err := s.ReadAt(got, 5); n != 5 || !errors.Is(err, io.EOF) || string(got[:n]) != "56789" {
		t.Errorf("ReadAt = %q, %v; want 56789, EOF", got[:n], err)
	}
	if _, err := disk.ReadAt(got[:12], 999); err != nil || string(got[:12]) != "x0123456789x" {
		t.Errorf("disk = %q, %v; want the section and nothing else", got[:12], err)
	}
}

// small is the head of a FAT32 with one directory and one file: enough to fuzz.
func small() []byte {
	b := make([]byte, 40*slot.SectorSize)
	copy(b, "\xeb\x58\x90mkfs.fat\x00\x02\x01\x02\x00\x02\x00\x00\x00\x00\xf8\x00\x00\x20\x00\x08\x00\x00\x00\x00\x00\x28\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x02")
	b[510], b[511] = 0x55, 0xaa
	fat := b[2*slot.SectorSize:]
	copy(fat[8:], "\xff\xff\xff\x0f\xff\xff\xff\x0f\xff\xff\xff\x0f")
	copy(b[10*slot.SectorSize:], "MALLETTE   \x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03")
	copy(b[11*slot.SectorSize:], "GRUBENV    \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x01\x00\x00")
	return b
}

func FuzzESP(f *testing.F) {
	f.Add(small(), slot.FileEnv)
	f.Add([]byte{}, "/x")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		disk := newCache(bytes.NewReader(b))
		esp, err := slot.OpenESP(disk)
		if err != nil {
			return
		}
		file, err := esp.Open(name)
		if err != nil || file.Size() > 1<<20 {
			return
		}
		p := make([]byte, file.Size())
		if n, err := file.ReadAt(p, 0); len(p) > 0 && (n != len(p) || err != nil) {
			t.Errorf("ReadAt = %d of %d, %v", n, len(p), err)
		}
		if _, err := file.WriteAt(p, 0); err != nil {
			t.Errorf("WriteAt = %v", err)
		}
	})
}

func TestSmallestFAT(t *testing.T) {
	esp, err := slot.OpenESP(newCache(bytes.NewReader(small())))
	if err != nil {
		t.Fatal(err)
	}
	if f, err := esp.Open(slot.FileEnv); err != nil || f.Size() != 256 {
		t.Errorf("Open = %v, %v; want 256 bytes", f, err)
	}
}
