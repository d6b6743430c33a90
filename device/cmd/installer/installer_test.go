package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/daemon"
	"github.com/mallette-kit/mallette/device/install"
	"github.com/mallette-kit/mallette/provisioning/flash"
	"github.com/mallette-kit/mallette/provisioning/flash/flashtest"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// live is a machine that was started from a stick, with a disk of its own.
type live struct {
	*copier
	t    *testing.T
	disk string
}

func newLive(t *testing.T, size int64) live {
	t.Helper()
	stick := flashtest.Loop(t, flashtest.Raw(t, slot.B))
	l := live{t: t, disk: flashtest.Sparse(t, size)}
	f := flags{Data: t.TempDir(), Run: t.TempDir(), System: "/"}
	l.copier = newCopier(f, slot.Boot{Slot: slot.A, Device: "/dev/" + stick, Live: true})
	l.put("userland/abc.squashfs", strings.Repeat("u", 3<<20))
	l.put("lessons/one/lecon.yaml", "titre")
	l.put("identity/station.json", "secret")
	l.put("outbox.db", "secret")
	l.put(slot.KitToken, "mallette1.essai\n")
	l.put(slot.KitScanners, "1a2b:3c4d\ndouchette\n")
	return l
}

func (l live) put(name, text string) {
	l.t.Helper()
	path := filepath.Join(l.Data, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// shown is the disk as a person saw it.
func (l live) shown() install.Disk {
	l.t.Helper()
	d, err := l.host.Disk(l.disk)
	if err != nil {
		l.t.Fatal(err)
	}
	need, err := l.need()
	if err != nil {
		l.t.Fatal(err)
	}
	return shown(d, need)
}

// TestInstall: the machine starts from its own disk afterwards, with the
// running system twice, with everybody's lessons, and as nobody.
func TestInstall(t *testing.T) {
	l := newLive(t, 4<<30)
	before := hash(t, l.boot.Device)
	var phases []install.Phase
	erased, err := l.Install(t.Context(), l.shown(), func(p install.Phase, _, _ int64) {
		if len(phases) == 0 || phases[len(phases)-1] != p {
			phases = append(phases, p)
		}
	})
	if err != nil || !erased || len(phases) != 4 {
		t.Fatalf("Install = %v, %v after %v; want done in four phases", erased, err, phases)
	}
	if hash(t, l.boot.Device) != before {
		t.Error("the stick changed")
	}
	if _, err := os.Stat(filepath.Join(l.Data, slot.KitToken)); err == nil {
		t.Error("the token is still on the stick")
	}
	l.inspect()
}

func hash(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("sha256sum", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func (l live) inspect() {
	l.t.Helper()
	t := l.t
	f, err := os.OpenFile("/dev/"+l.disk, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, found, err := slot.ReadTable(f, 4<<30/slot.SectorSize)
	if err != nil || !found.Whole() || !table.Ours() || table.FromImage() {
		t.Fatalf("table = %+v, %+v, %v", table, found, err)
	}
	p, _ := table.Partition(slot.PartitionESP)
	off, size := p.Bytes()
	esp, err := slot.OpenESP(slot.Section(f, off, size))
	if err != nil {
		t.Fatal(err)
	}
	if both, err := flash.Releases(esp); err != nil || both[0] != both[1] {
		t.Errorf("Releases = %+v, %v", both, err)
	}
	if join, err := slot.ReadJoin(esp); err != nil || join.Token != "mallette1.essai" || !join.Installed || !slices.Equal(join.Scanners, []string{"1a2b:3c4d", "douchette"}) {
		t.Errorf("ReadJoin = %v, %v, stays %v, scanners %q; want the stick's unspent token and scanners, and that the disk stays", join, err, join.Installed, join.Scanners)
	}
	perm, _ := table.Partition(slot.PartitionPerm)
	off, size = perm.Bytes()
	l.mounted(off, size)
}

// mounted looks into the data partition as the machine will.
func (l live) mounted(off, size int64) {
	t := l.t
	t.Helper()
	loop, err := attach("/dev/"+l.disk, off, size)
	if err != nil {
		t.Fatal(err)
	}
	defer loop.Close()
	if out, err := exec.Command("e2fsck", "-fn", loop.Name()).CombinedOutput(); err != nil {
		t.Errorf("e2fsck: %v %s", err, out)
	}
	at := t.TempDir()
	if out, err := exec.Command("mount", "-o", "ro", loop.Name(), at).CombinedOutput(); err != nil {
		t.Fatalf("mount: %s", out)
	}
	defer exec.Command("umount", at).Run()
	for name, there := range map[string]bool{"userland/abc.squashfs": true, "lessons/one/lecon.yaml": true, "identity": false, "outbox.db": false, "trust": false} {
		want, _ := os.ReadFile(filepath.Join(l.Data, name))
		got, err := os.ReadFile(filepath.Join(at, "kit", name))
		if (err == nil) != there || there && !bytes.Equal(got, want) {
			t.Errorf("%s on the installed disk: %v; want there %v, the same", name, err, there)
		}
	}
	for name, want := range map[string]os.FileMode{"": 0o700, "lessons": 0o700, "lessons/one/lecon.yaml": 0o600} {
		if info, err := os.Stat(filepath.Join(at, "kit", name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("mode of kit/%s: %v, %v; want %v", name, info, err, want)
		}
	}
}

// TestInstallRefused writes nothing.
func TestInstallRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		size int64
		harm func(l live, d *install.Disk)
		want install.Problem
	}{
		{"another medium", 4 << 30, func(_ live, d *install.Disk) { d.Sequence++ }, "swapped"},
		{"no disk of that name", 4 << 30, func(_ live, d *install.Disk) { d.Name = "sdzz" }, "missing"},
		{"the stick itself", 4 << 30, func(l live, d *install.Disk) { d.Name = "../" + l.boot.Device }, "missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLive(t, c.size)
			d := l.shown()
			c.harm(l, &d)
			erased, err := l.Install(t.Context(), d, func(install.Phase, int64, int64) {})
			if erased || install.ProblemOf(err) != c.want {
				t.Errorf("Install = %v, %v; want %s, nothing erased", erased, err, c.want)
			}
			if now := l.shown(); len(now.Parts) != 0 {
				t.Errorf("something was written: %+v", now.Parts)
			}
		})
	}
}

// TestInstallNoProgram: a stick that cannot make a file system leaves a disk
// that says it is not finished, and no word of Windows.
func TestInstallNoProgram(t *testing.T) {
	l := newLive(t, 4<<30)
	l.System = t.TempDir()
	erased, err := l.Install(t.Context(), l.shown(), func(install.Phase, int64, int64) {})
	if !erased || install.ProblemOf(err) != install.NoProgram {
		t.Errorf("Install = %v, %v; want erased, no program", erased, err)
	}
	if now := l.shown(); len(now.Parts) != 1 || now.Parts[0].Format != string(flash.FormatBegun) {
		t.Errorf("disk = %+v; want one that was begun", now)
	}
}

func TestTooSmall(t *testing.T) {
	l := newLive(t, 2<<30)
	if d := l.shown(); d.Problem != install.Problem(flash.KindSmall) {
		t.Errorf("problem = %q; want small", d.Problem)
	}
}

// TestSectors: a disk that counts in sectors of 4 KiB is shown, with the reason
// why it cannot be chosen.
func TestSectors(t *testing.T) {
	l := newLive(t, 4<<30)
	f, err := os.Open("/dev/" + l.disk)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.IoctlSetInt(int(f.Fd()), unix.LOOP_SET_BLOCK_SIZE, 4096); err != nil {
		t.Fatal(err)
	}
	if d := l.shown(); d.Problem != install.Problem(flash.KindSectors) {
		t.Errorf("problem = %q; want %q", d.Problem, flash.KindSectors)
	}
}

// TestNotLive: an installed station has nothing to install from.
func TestNotLive(t *testing.T) {
	text, err := slot.Boot{Slot: slot.A, Device: "/dev/sda"}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "boot.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, boot := range []string{path, path + ".none"} {
		dir := t.TempDir()
		if err := run(t.Context(), []string{"--boot", boot, "--run", dir}, io.Discard, io.Discard); !errors.Is(err, daemon.ErrNotNeeded) {
			t.Errorf("run = %v; want %v", err, daemon.ErrNotNeeded)
		}
		if _, err := os.Stat(filepath.Join(dir, install.SocketName)); err == nil {
			t.Error("a socket was opened")
		}
	}
}
