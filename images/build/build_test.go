package build_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/images/build"
	"github.com/mallette-kit/mallette/images/build/loader"
	"github.com/mallette-kit/mallette/images/build/lock"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

func builder() *build.Builder {
	return &build.Builder{Version: "v1", Date: time.Unix(1_700_000_000, 0), Log: slog.New(slog.DiscardHandler)}
}

// judge runs another program that knows the format.
func judge(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(needs.Program(t, program, "of .ci/packages"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(program), err, out)
	}
	return string(out)
}

// tree makes a folder with files whose times are those of now.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"gokrazy/init": "first", "user/launcher": strings.Repeat("pages", 50000), "etc/hostname": "mallette"} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func sum(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// root seals a fresh tree; the file is rootImage in the folder.
func root(t *testing.T) (file string, v slot.Verity) {
	t.Helper()
	file, v, err := builder().Seal(t.Context(), tree(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return file, v
}

func TestRootVerifiesAndIsTheSameTwice(t *testing.T) {
	a, v := root(t)
	b, _ := root(t)
	if sum(t, a) != sum(t, b) {
		t.Error("two roots of the same files differ")
	}
	judge(t, "/usr/sbin/veritysetup", "verify", fmt.Sprintf("--hash-offset=%d", v.Blocks*slot.BlockSize), a, a, v.Hash)
}

func perm(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := builder().Format(t.Context(), tree(t), dir); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "perm.img")
}

func TestDataPartitionIsCleanAndTheSameTwice(t *testing.T) {
	a, b := perm(t), perm(t)
	if sum(t, a) != sum(t, b) {
		t.Error("two data partitions with the same files differ")
	}
	judge(t, "/usr/sbin/e2fsck", "-f", "-n", a)
	if said := judge(t, "/usr/sbin/debugfs", "-R", "stat /kit/userland/user/launcher", a); !strings.Contains(said, "User:     0") {
		t.Errorf("a file does not belong to root:\n%s", said)
	}
	for path, mode := range map[string]string{"/": "0755", "/kit": "0700", "/kit/userland": "0700", "/kit/userland/user/launcher": "0600"} {
		if said := judge(t, "/usr/sbin/debugfs", "-R", "stat "+path, a); !strings.Contains(said, "Mode:  "+mode) {
			t.Errorf("%s is not for root alone (%s):\n%s", path, mode, said)
		}
	}
}

// bios takes GRUB's files from the machine, where .ci/packages puts them.
func bios(t *testing.T) loader.BIOS {
	t.Helper()
	var p loader.Parts
	err := fs.WalkDir(os.DirFS("/usr/lib/grub"), "i386-pc", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join("/usr/lib/grub", name))
		return errors.Join(err, p.Take("usr/lib/grub/"+name, bytes.NewReader(b)))
	})
	if err != nil {
		needs.Missing(t, "GRUB for BIOS is not installed (package grub-pc-bin): "+err.Error())
	}
	b, err := p.BIOS(t.Context(), "grub-mkimage")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// disk lays out a disk with a small root, a container and a data partition.
func disk(t *testing.T) string {
	t.Helper()
	file, _ := root(t)
	data := perm(t)
	st, err := os.Stat(data)
	if err != nil {
		t.Fatal(err)
	}
	container, out := filepath.Join(t.TempDir(), "boot.iso"), filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(container, bytes.Repeat([]byte("kernel"), 100000), 0o644); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{slot.FileShim: []byte("shim"), slot.FileGrub: []byte("grub"), slot.FileGrubConfig: loader.Config()}
	if err := builder().Lay(out, filepath.Dir(file), container, data, st.Size(), files, bios(t)); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDiskIsCleanAndTheSameTwice holds the disk to sgdisk and fsck.fat.
func TestDiskIsCleanAndTheSameTwice(t *testing.T) {
	a, b := disk(t), disk(t)
	if sum(t, a) != sum(t, b) {
		t.Error("two disks of the same parts differ")
	}
	if said := judge(t, "/usr/sbin/sgdisk", "-v", a); !strings.Contains(said, "No problems found") {
		t.Errorf("sgdisk said\n%s", said)
	}
	judge(t, "/usr/sbin/fsck.fat", "-n", "-v", cut(t, a, slot.PartitionESP))
}

// cut copies a partition into a file of its own.
func cut(t *testing.T, disk string, number int) string {
	t.Helper()
	f, err := os.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	table, found, err := slot.ReadTable(f, uint64(st.Size()/slot.SectorSize))
	if err != nil || !found.Whole() || !table.Ours() || !table.FromImage() {
		t.Fatalf("ReadTable = %+v, %+v, %v; want ours, whole, with the image's identifiers", table, found, err)
	}
	p, _ := table.Partition(number)
	offset, size := p.Bytes()
	out := filepath.Join(t.TempDir(), "partition.img")
	b, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := io.Copy(b, io.NewSectionReader(f, offset, size)); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCompressedSaysHowLongTheDiskIs(t *testing.T) {
	in := filepath.Join(t.TempDir(), "disk.img")
	want := append(bytes.Repeat([]byte("root"), 1<<20), make([]byte, 9<<20)...)
	if err := os.WriteFile(in, want, 0o644); err != nil {
		t.Fatal(err)
	}
	var seen [][]byte
	for range 2 {
		out := filepath.Join(t.TempDir(), "disk.img.zst")
		if err := build.Compress(in, out); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, b)
	}
	var h zstd.Header
	if err := h.Decode(seen[0]); err != nil || h.FrameContentSize != uint64(len(want)) || !bytes.Equal(seen[0], seen[1]) {
		t.Errorf("header says %d bytes, %v; want %d, and the same file twice", h.FrameContentSize, err, len(want))
	}
	d, err := zstd.NewReader(bytes.NewReader(seen[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got, err := io.ReadAll(d); err != nil || !bytes.Equal(got, want) {
		t.Errorf("decompressed %d bytes, %v; want what was compressed", len(got), err)
	}
}

func TestFirmwareIsLeftOutOnRequest(t *testing.T) {
	l := lock.Lock{{Name: "cage", Component: "main"}, {Name: "firmware-iwlwifi", Component: "non-free-firmware"}}
	b := builder()
	if got := b.Wanted(l); len(got) != 1 || got[0].Name != "cage" {
		t.Errorf("Wanted = %v; want cage", got)
	}
	b.Firmware = true
	if got := b.Wanted(l); len(got) != 2 {
		t.Errorf("Wanted = %v; want both", got)
	}
}

func TestIncompleteBuilderIsRefused(t *testing.T) {
	if _, err := builder().PC(t.Context()); !errors.Is(err, build.ErrSetup) {
		t.Errorf("PC without a repository = %v; want ErrSetup", err)
	}
}
