package boot_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/images/boot"
)

func TestOverlayLeavesTheImageAlone(t *testing.T) {
	dir := t.TempDir()
	image, over := filepath.Join(dir, "image.img"), filepath.Join(dir, "over.qcow2")
	content := bytes.Repeat([]byte("mallette"), 1<<18)
	write(t, image, content)
	if err := boot.Overlay(t.Context(), image, over, 8<<20); err != nil {
		t.Fatal(err)
	}
	d, err := boot.OpenDrive(t.Context(), over)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Repeat([]byte{7}, 3<<20)
	if _, err := d.WriteAt(changed, 100); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(changed)+100)
	if _, err := d.ReadAt(got, 0); err != nil {
		t.Fatal(err)
	}
	if want := append(bytes.Clone(content[:100]), changed...); !bytes.Equal(got, want) {
		t.Error("ReadAt after WriteAt gives other bytes")
	}
	if n, err := d.ReadAt(got[:10], d.Size()-4); n != 4 || !errors.Is(err, io.EOF) || d.Size() != 8<<20 {
		t.Errorf("ReadAt(4 bytes before the end of %d) = %d, %v; want 4, EOF", d.Size(), n, err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(read(t, image), content) {
		t.Error("the image was written to")
	}
}

func TestVariables(t *testing.T) {
	all, err := boot.Variables("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"PK": false, "KEK": false, "db": false}
	for name := range all {
		short, _, _ := bytes.Cut([]byte(name), []byte(" "))
		delete(want, string(short))
	}
	if len(want) > 0 {
		t.Errorf("Variables of a board with Microsoft's keys lack %v", want)
	}
}

func FuzzVariables(f *testing.F) {
	sold, err := os.ReadFile("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sold[:4<<10])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = boot.ParseVariables(b) // neither panics nor reads outside
	})
}
