package slot_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// root is some blocks, and what seals them.
func root(t testing.TB, blocks int) ([]byte, slot.Verity, []byte) {
	t.Helper()
	data := make([]byte, blocks*slot.BlockSize)
	for i := range data {
		data[i] = byte(i / slot.BlockSize * 31)
	}
	v, tree, err := slot.Seal(bytes.NewReader(data), bytes.Repeat([]byte{7}, 32), slot.ImageGUID(2))
	if err != nil {
		t.Fatal(err)
	}
	return data, v, tree
}

// TestVeritysetupAgrees on trees of one, two and three levels.
func TestVeritysetupAgrees(t *testing.T) {
	veritysetup := needs.Program(t, "veritysetup", "cryptsetup-bin")
	for _, blocks := range []int{2, 128, 129, 20000} {
		data, v, tree := root(t, blocks)
		if got, want := v.Size(), int64(len(data)+len(tree)); got != want {
			t.Errorf("Size of %d blocks = %d; want %d", blocks, got, want)
		}
		file := filepath.Join(t.TempDir(), "root")
		if err := os.WriteFile(file, append(data, tree...), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(veritysetup, "verify", file, file, v.Hash, "--hash-offset="+strconv.Itoa(len(data))).CombinedOutput()
		if err != nil {
			t.Errorf("veritysetup of %d blocks = %v: %s", blocks, err, out)
		}
	}
}

func TestSealNames(t *testing.T) {
	_, v, tree := root(t, 300)
	params, sectors := v.Table("/dev/sda2")
	golden(t, "verity.txt", params+"\n")
	if sectors != 300*8 || len(tree) != 5*slot.BlockSize {
		t.Errorf("Table covers %d sectors, tree has %d bytes; want 2400, 20480", sectors, len(tree))
	}
	if _, _, err := slot.Seal(strings.NewReader("not a block"), []byte{1}, slot.GUID{}); err == nil {
		t.Error("Seal of half a block = nil; want an error")
	}
}

func TestCheckTop(t *testing.T) {
	data, v, tree := root(t, 300)
	partition := append(data, tree...)
	if err := v.CheckTop(bytes.NewReader(partition)); err != nil {
		t.Errorf("CheckTop = %v; want nil", err)
	}
	_, other, _ := root(t, 299)
	other.Blocks = v.Blocks
	if err := other.CheckTop(bytes.NewReader(partition)); !errors.Is(err, slot.ErrSeal) {
		t.Errorf("CheckTop of another release = %v; want ErrSeal", err)
	}
	if err := v.CheckTop(bytes.NewReader(make([]byte, len(partition)))); !errors.Is(err, slot.ErrSeal) {
		t.Errorf("CheckTop of an empty slot = %v; want ErrSeal", err)
	}
	if err := v.CheckTop(bytes.NewReader(partition[:4096])); err == nil || errors.Is(err, slot.ErrSeal) {
		t.Errorf("CheckTop of a short disk = %v; want the disk's error", err)
	}
}

func release(t testing.TB) slot.Release {
	_, v, _ := root(t, 300)
	return slot.Release{Name: "2026.11.1", Kernel: "6.12.117+deb12-amd64", Arch: "amd64", Root: v}
}

func TestDescribe(t *testing.T) {
	want := release(t)
	head, err := slot.Describe(want)
	if err != nil || len(head)%slot.SectorSize != 0 {
		t.Fatalf("Describe = %d bytes, %v; want whole sectors", len(head), err)
	}
	golden(t, "release.cpio", string(head))
	got, err := slot.ReadRelease(bytes.NewReader(append(head, "the initramfs"...)))
	want.Format = 1
	if err != nil || got != want {
		t.Errorf("ReadRelease = %+v, %v; want %+v", got, err, want)
	}
}

// TestDescribeNamesUserland: what was described before there was a userland in it
// reads as before.
func TestDescribeNamesUserland(t *testing.T) {
	want := release(t)
	want.Userland = strings.Repeat("5e", 32)
	head, err := slot.Describe(want)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "release-userland.cpio", string(head))
	want.Format = 1
	if got, err := slot.ReadRelease(bytes.NewReader(head)); err != nil || got != want {
		t.Errorf("ReadRelease = %+v, %v; want %+v", got, err, want)
	}
}

func TestReleaseRefused(t *testing.T) {
	for name, change := range map[string]func(*slot.Release){
		"no name":          func(r *slot.Release) { r.Name = "" },
		"no machine":       func(r *slot.Release) { r.Arch = "" },
		"another hash":     func(r *slot.Release) { r.Root.Algorithm = "md5" },
		"half a hash":      func(r *slot.Release) { r.Root.Hash = r.Root.Hash[:10] },
		"no salt":          func(r *slot.Release) { r.Root.Salt = "" },
		"words for a hash": func(r *slot.Release) { r.Root.Hash = strings.Repeat("xy", 32) },
		"too large":        func(r *slot.Release) { r.Root.Blocks = slot.SizeRoot / slot.BlockSize },
		"half a userland":  func(r *slot.Release) { r.Userland = strings.Repeat("ab", 16) },
		"a path":           func(r *slot.Release) { r.Userland = "../kiosk" },
		"no data":          func(r *slot.Release) { r.Root.Blocks = 0 },
	} {
		r := release(t)
		change(&r)
		if _, err := slot.Describe(r); !errors.Is(err, slot.ErrRelease) {
			t.Errorf("Describe with %s = %v; want ErrRelease", name, err)
		}
	}
}

func FuzzRelease(f *testing.F) {
	head, err := slot.Describe(release(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(head)
	f.Add(head[:200])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := slot.ReadRelease(bytes.NewReader(b))
		if err != nil {
			return
		}
		if params, _ := r.Root.Table("/dev/x"); strings.ContainsAny(r.Root.Hash+r.Root.Salt, " \n") || params == "" {
			t.Errorf("Table = %q; want one target's words", params)
		}
	})
}

func TestArchive(t *testing.T) {
	var b bytes.Buffer
	a := slot.NewArchive(&b)
	a.Folder("dev", 0o755)
	a.Character("dev/null", 0o666, 1, 3)
	a.File("init", 0o755, []byte("program"))
	a.Link("sh", "init")
	if err := a.Close(); err != nil || b.Len()%slot.SectorSize != 0 {
		t.Fatalf("Close = %v, %d bytes; want whole sectors", err, b.Len())
	}
	golden(t, "archive.cpio", b.String())
}

func TestCommandLine(t *testing.T) {
	id := slot.ImageGUID(1)
	c := slot.Choice{Slot: slot.B, Trial: 2, Then: slot.A}
	line := slot.KernelArguments + " " + slot.Arguments(c, id) + " mallette.deadline=600"
	golden(t, "cmdline.txt", line+"\n")
	want := slot.Start{Disk: id, Slot: slot.B, Trial: 2, Deadline: 10 * time.Minute}
	if got := slot.ParseStart(line); got != want {
		t.Errorf("ParseStart = %+v; want %+v", got, want)
	}
	if got := slot.ParseStart("mallette.slot=c mallette.trial=9 mallette.disk=x mallette.deadline=-1 quiet"); got != (slot.Start{}) {
		t.Errorf("ParseStart of nonsense = %+v; want nothing", got)
	}
}

func TestBoot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "boot.json")
	if _, err := slot.ReadBoot(file); !errors.Is(err, slot.ErrHosted) {
		t.Errorf("ReadBoot without a file = %v; want ErrHosted", err)
	}
	want := slot.Boot{Slot: slot.A, Release: "2026.11.1", Device: "/dev/nvme0n1", Live: true, Problems: []slot.Problem{slot.ProblemPermRepaired}}
	text, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "boot.json", string(text))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := slot.ReadBoot(file)
	if err != nil || got.Release != want.Release || !got.Live || len(got.Problems) != 1 {
		t.Errorf("ReadBoot = %+v, %v; want %+v", got, err, want)
	}
	if node := got.Partition(slot.PartitionESP); node != "/dev/nvme0n1p1" {
		t.Errorf("Partition = %s; want /dev/nvme0n1p1", node)
	}
	if node := slot.PartitionNode("/dev/sda", 4); node != "/dev/sda4" {
		t.Errorf("PartitionNode = %s; want /dev/sda4", node)
	}
}

func FuzzBoot(f *testing.F) {
	f.Add([]byte(`{"format":1,"slot":"a"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		boot, err := slot.ParseBoot(b)
		if err == nil && !boot.Slot.Valid() {
			t.Errorf("ParseBoot = %+v; want a slot", boot)
		}
	})
}
