package userland_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/sandbox/userland"
	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// small makes a folder with an image of one file, as a build would leave it.
func small(t *testing.T) (userland.Folder, userland.Description) {
	t.Helper()
	needs.Root(t, "nobody else may mount")
	dir, from := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "hello"), []byte("bonjour"), 0o644); err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 64<<10)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	write(t, filepath.Join(from, "noise"), noise)
	image := filepath.Join(dir, "image")
	if out, err := exec.Command("mksquashfs", from, image, "-quiet", "-no-progress").CombinedOutput(); err != nil {
		t.Fatalf("mksquashfs: %v: %s", err, out)
	}
	data, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	v, tree, err := slot.Seal(bytes.NewReader(data), []byte("salt"), slot.GUID{1})
	if err != nil {
		t.Fatal(err)
	}
	whole := append(data, tree...)
	sum := sha256.Sum256(whole)
	d := userland.Description{
		Name: "kiosk", Release: "test", Arch: "amd64", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(whole)),
		Data: int64(len(data)), Root: v.Hash, Salt: v.Salt,
	}
	write(t, filepath.Join(dir, d.File()), whole)
	text, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	write(t, userland.Folder(dir).Path("kiosk"), text)
	return userland.Folder(dir), d
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestMountAndClose(t *testing.T) {
	folder, d := small(t)
	m, err := folder.Mount("kiosk", "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(m.Path, "hello"))
	if err != nil || string(got) != "bonjour" || m.Description != d {
		t.Errorf("mounted %+v with %q, %v; want %+v with bonjour", m.Description, got, err, d)
	}
	if err := m.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if _, err := os.Stat(m.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("mount point after Close: %v; want none", err)
	}
}

func TestImagesThatAreNotMounted(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(t *testing.T, image string)
		want  error
	}{
		{"gone", func(t *testing.T, image string) { os.Remove(image) }, userland.ErrMissing},
		{"cut short", func(t *testing.T, image string) { os.Truncate(image, 4096) }, userland.ErrMissing},
		{"one bit flipped in what is read first", func(t *testing.T, image string) { flip(t, image, 100) }, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			folder, d := small(t)
			c.spoil(t, filepath.Join(string(folder), d.File()))
			m, err := folder.Mount("kiosk", "", t.TempDir())
			if err == nil {
				m.Close()
				t.Fatalf("Mount = nil; want a refusal")
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("Mount = %v; want %v", err, c.want)
			}
		})
	}
}

func flip(t *testing.T, file string, at int64) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[at] ^= 1
	write(t, file, content)
}
