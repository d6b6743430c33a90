package initramfs_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/images/initramfs"
)

// parts is a kernel that has every module of the list, one of them built in.
func parts(t *testing.T) initramfs.Parts {
	t.Helper()
	p := initramfs.Parts{Init: []byte("first program"), Fsck: []byte("checker"), Dir: t.TempDir(), Builtin: []string{"sd_mod"}}
	for _, name := range initramfs.Wanted() {
		if name = kmod.Name(name); name == "sd_mod" {
			continue
		}
		m := kmod.Module{Name: name, Path: name + ".ko", Aliases: []string{"x:" + name + "*"}}
		if name == "ext4" {
			m.Needs = []string{"jbd2"}
		}
		p.All = append(p.All, m)
	}
	p.All = append(p.All, kmod.Module{Name: "jbd2", Path: "jbd2.ko"}, kmod.Module{Name: "amdgpu", Path: "amdgpu.ko"})
	for _, m := range p.All {
		if err := os.WriteFile(filepath.Join(p.Dir, m.Path), []byte("module "+m.Name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func pack(t *testing.T, p initramfs.Parts) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := initramfs.Pack(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPack(t *testing.T) {
	p := parts(t)
	packed := pack(t, p)
	z, err := zstd.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"first program", "checker", "sbin/e2fsck\x00", "module jbd2", "lib/modules/modules.idx\x00", "b\tsd_mod\n", "TRAILER!!!"} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("the archive has no %q", want)
		}
	}
	if bytes.Contains(raw, []byte("amdgpu")) {
		t.Error("the archive has amdgpu; want only what is on the list and what that needs")
	}
	if !bytes.Equal(packed, pack(t, p)) {
		t.Error("two archives of the same parts differ")
	}
}

func TestPackNamesWhatIsMissing(t *testing.T) {
	p := parts(t)
	p.All = p.All[1:]
	if err := initramfs.Pack(io.Discard, p); err == nil || !strings.Contains(err.Error(), initramfs.Wanted()[0]) {
		t.Errorf("Pack = %v; want an error that names %s", err, initramfs.Wanted()[0])
	}
}
