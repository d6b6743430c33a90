package kernel_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/images/build/kernel"
	"github.com/mallette-kit/mallette/images/build/pick"
)

// deb makes a kernel package with those files.
func deb(t *testing.T, files map[string]string) string {
	t.Helper()
	var data bytes.Buffer
	w := tar.NewWriter(&data)
	for name, content := range files {
		if err := w.WriteHeader(&tar.Header{Name: "./" + name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "linux-image.deb")
	text := fmt.Sprintf("!<arch>\n%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", "data.tar", 0, 0, 0, 0o644, data.Len(), data.String())
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestKernelIsTakenApart(t *testing.T) {
	dir, root := t.TempDir(), t.TempDir()
	file := deb(t, map[string]string{
		"boot/vmlinuz-6.12.1-amd64": "signed", "boot/System.map-6.12.1-amd64": "map", "usr/share/doc/linux-image-6.12.1-amd64/copyright": "GPL",
		"lib/modules/6.12.1-amd64/modules.builtin": "kernel/fs/ext4/ext4.ko\n",
	})
	if err := kernel.Unpack(t.Context(), file, dir); err != nil {
		t.Fatal(err)
	}
	k, err := kernel.Open(dir)
	if err != nil || k.Release != "6.12.1-amd64" {
		t.Fatalf("Open = %+v, %v; want release 6.12.1-amd64", k, err)
	}
	if b, err := os.ReadFile(k.Image()); string(b) != "signed" || err != nil {
		t.Errorf("kernel = %q, %v; want it byte for byte", b, err)
	}
	if err := k.Install(t.Context(), pick.List{}, root); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "lib", "modules", k.Release, kmod.IndexFile))
	if err != nil || !strings.Contains(string(b), "b\text4") {
		t.Errorf("index = %q, %v; want ext4 built in", b, err)
	}
	if _, err := kmod.Open(filepath.Join(root, "lib", "modules", k.Release)); err != nil {
		t.Errorf("a station cannot open the index: %v", err)
	}
}

func TestPackageWithoutAKernelIsRefused(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no kernel":    {"lib/modules/6.12.1-amd64/modules.builtin": ""},
		"two releases": {"boot/vmlinuz-1": "k", "lib/modules/1/modules.builtin": "", "lib/modules/2/modules.builtin": ""},
	} {
		t.Run(name, func(t *testing.T) {
			if err := kernel.Unpack(t.Context(), deb(t, files), t.TempDir()); !errors.Is(err, kernel.ErrPackage) {
				t.Errorf("Unpack = %v; want ErrPackage", err)
			}
		})
	}
}

func TestModuleThatIsNoneIsTold(t *testing.T) {
	file := deb(t, map[string]string{"boot/vmlinuz-1": "k", "lib/modules/1/kernel/odd.ko": "odd"})
	if err := kernel.Unpack(t.Context(), file, t.TempDir()); err == nil || !strings.Contains(err.Error(), "odd.ko") {
		t.Errorf("Unpack = %v; want odd.ko named", err)
	}
}
