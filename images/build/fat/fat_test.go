package fat_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/images/build/fat"
)

func volume() fat.Volume {
	return fat.Volume{Sectors: 512 << 11, Hidden: 4096, Serial: 0x4d414c4c, Label: "MALLETTE", Time: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)}
}

// made writes the volume into a sparse file.
func made(t *testing.T, v fat.Volume, files ...fat.File) (string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "esp.img")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(v.Sectors) * 512); err != nil {
		t.Fatal(err)
	}
	return name, v.Write(f, files)
}

func text(path, content string) fat.File {
	return fat.File{Path: path, Size: int64(len(content)), Content: strings.NewReader(content)}
}

// run runs another program that knows FAT, and is the judge.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(needs.Program(t, name, "dosfstools or mtools"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func many() []fat.File {
	files := []fat.File{
		text("/EFI/BOOT/BOOTX64.EFI", "shim"),
		text("/EFI/BOOT/grubx64.efi", strings.Repeat("grub", 5000)),
		text("/EFI/debian/grub.cfg", "set timeout=0\n"),
		text("/mallette/a name with spaces and é.json", "{}"),
		{Path: "/mallette/join.json", Size: 16 << 10},
		{Path: "/slot-a/boot.iso", Size: 64 << 20, Content: strings.NewReader("kernel")},
		{Path: "/empty"},
	}
	for _, n := range strings.Split("0123456789abcdefghijklmnopqrstuvwxyz", "") {
		files = append(files, text("/many/same-beginning-"+n+".txt", n), text("/many/K"+n, n))
	}
	return files
}

func TestFsckFindsNothing(t *testing.T) {
	name, err := made(t, volume(), many()...)
	if err != nil {
		t.Fatal(err)
	}
	if out := run(t, "/usr/sbin/fsck.fat", "-n", "-v", name); strings.Contains(out, "differ") || strings.Contains(out, "wrong") || strings.Contains(out, "Error") {
		t.Errorf("fsck.fat said\n%s", out)
	}
}

func TestOthersReadTheFiles(t *testing.T) {
	name, err := made(t, volume(), many()...)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"::/EFI/BOOT/BOOTX64.EFI": "shim", "::/EFI/BOOT/grubx64.efi": strings.Repeat("grub", 5000), "::/many/same-beginning-z.txt": "z",
		"::/many/Kz": "z", "::/mallette/join.json": string(make([]byte, 16<<10)), "::/empty": "",
	} {
		if got := run(t, "mtype", "-i", name, path); got != want {
			t.Errorf("mtype %s = %d bytes; want %d", path, len(got), len(want))
		}
	}
}

func TestSameContentsGiveTheSameVolume(t *testing.T) {
	var seen [][]byte
	for range 2 {
		name, err := made(t, volume(), many()...)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, b)
	}
	if !bytes.Equal(seen[0], seen[1]) {
		t.Error("two volumes with the same contents differ")
	}
}

func TestRefusals(t *testing.T) {
	small := volume()
	small.Sectors = 2048
	for _, c := range []struct {
		name  string
		v     fat.Volume
		files []fat.File
	}{
		{"too small for FAT32", small, nil},
		{"a file twice, but for case", volume(), []fat.File{text("/a", "1"), text("/A", "2")}},
		{"a file below a file", volume(), []fat.File{text("/a", "1"), text("/a/b", "2")}},
		{"no name", volume(), []fat.File{text("/", "1")}},
		{"more than was said", volume(), []fat.File{{Path: "/a", Size: 1, Content: strings.NewReader("12")}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := made(t, c.v, c.files...); err == nil {
				t.Error("Write = nil; want an error")
			}
		})
	}
	if _, err := made(t, volume(), fat.File{Path: "/big", Size: 600 << 20}); !errors.Is(err, fat.ErrFull) {
		t.Errorf("Write of 600 MB = %v; want ErrFull", err)
	}
}
