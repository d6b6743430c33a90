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

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// container holds a kernel of an odd length, which must come back exactly.
func container(t testing.TB) []byte {
	t.Helper()
	kernel := bytes.Repeat([]byte("kernel "), 1001)
	initrd := bytes.Repeat([]byte("initrd"), 5000)
	command := slot.Command(slot.KernelArguments)
	var b bytes.Buffer
	n, err := slot.WriteContainer(&b, []slot.Content{
		{Name: slot.ContainerKernel, Size: int64(len(kernel)), Data: bytes.NewReader(kernel)},
		{Name: slot.ContainerInitrd, Size: int64(len(initrd)), Data: bytes.NewReader(initrd)},
		{Name: slot.ContainerCommand, Size: int64(len(command)), Data: bytes.NewReader(command)},
	})
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteContainer = %d, %v; want %d bytes", n, err, b.Len())
	}
	return b.Bytes()
}

func TestContainerGivesFilesBackExactly(t *testing.T) {
	// The file on the boot partition is longer than what it holds.
	c, err := slot.OpenContainer(bytes.NewReader(append(container(t), make([]byte, 1<<20)...)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{slot.ContainerKernel: 7007, slot.ContainerInitrd: 30000, slot.ContainerCommand: int64(len(slot.Command(slot.KernelArguments)))} {
		f, err := c.Open(name)
		if err != nil || f.Size() != want {
			t.Errorf("Open(%s) = %v bytes, %v; want %d", name, f.Size(), err, want)
		}
	}
	if _, err := c.Open("vmlinuz"); !errors.Is(err, slot.ErrNoFile) {
		t.Errorf("Open(vmlinuz) = %v; want ErrNoFile", err)
	}
}

func TestContainerTooLong(t *testing.T) {
	_, err := slot.WriteContainer(io.Discard, []slot.Content{{Name: "linux", Size: slot.SizeContainer, Data: bytes.NewReader(nil)}})
	if !errors.Is(err, slot.ErrTooLong) {
		t.Errorf("WriteContainer = %v; want ErrTooLong", err)
	}
}

func TestContainerEndsEarly(t *testing.T) {
	_, err := slot.WriteContainer(io.Discard, []slot.Content{{Name: "linux", Size: 10, Data: strings.NewReader("short")}})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("WriteContainer = %v; want io.ErrUnexpectedEOF", err)
	}
}

// TestGRUBReadsContainer asks GRUB's own code, as a program on this machine.
func TestGRUBReadsContainer(t *testing.T) {
	program := needs.Program(t, "grub-fstest", "grub-common")
	file := filepath.Join(t.TempDir(), "boot.iso")
	if err := os.WriteFile(file, container(t), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"linux": strings.Repeat("kernel ", 1001), "boot.cfg": string(slot.Command(slot.KernelArguments))} {
		got, err := exec.Command(program, file, "cat", "(loop0)/"+name).Output()
		if err != nil || string(got) != want {
			t.Errorf("grub-fstest cat %s = %d bytes, %v; want %d", name, len(got), err, len(want))
		}
	}
}

func FuzzContainer(f *testing.F) {
	f.Add(container(f))
	f.Add(container(f)[:50000])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := slot.OpenContainer(bytes.NewReader(b))
		if err != nil {
			return
		}
		if r, err := c.Open(slot.ContainerKernel); err == nil {
			if _, err := io.Copy(io.Discard, r); err != nil {
				t.Errorf("Copy = %v", err)
			}
		}
	})
}
