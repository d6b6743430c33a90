package flash_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/flash"
	"github.com/mallette-kit/mallette/provisioning/flash/flashtest"
)

// loop is a full stick.
func loop(t *testing.T, size int64) (name, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "cle.img")
	if err := os.WriteFile(file, bytes.Repeat([]byte{0xa5}, int(size)), 0o600); err != nil {
		t.Fatal(err)
	}
	return flashtest.Loop(t, file), file
}

func look(t *testing.T, name string) flash.Disk {
	t.Helper()
	d, err := flash.System().Disk(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func open(t *testing.T, d flash.Disk) *flash.Device {
	t.Helper()
	v, err := flash.System().Open(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func TestDeviceWrite(t *testing.T) {
	name, file := loop(t, 6<<20)
	v := open(t, look(t, name))
	want := disk(imageSize)
	wantKinds(t, flash.Write(t.Context(), image(t, want), []*flash.Stick{{Target: v}}), "")
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got[:len(want)], want) {
		t.Errorf("the device does not hold the image (%v)", err)
	}
	wantKinds(t, []error{flash.Wipe(t.Context(), v, func(flash.Progress) {})}, "")
	if got, err = os.ReadFile(file); err != nil || !bytes.Equal(got, make([]byte, 6<<20)) {
		t.Errorf("the device is not empty after Wipe (%v)", err)
	}
}

// TestDeviceTakenAlone: while one program writes, another cannot, and neither
// can anybody mount it.
func TestDeviceTakenAlone(t *testing.T) {
	name, _ := loop(t, 6<<20)
	d := look(t, name)
	v := open(t, d)
	_, err := flash.System().Open(d)
	wantKinds(t, []error{err}, flash.KindInUse)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := flash.System().Open(d)
	if err != nil {
		t.Fatalf("Open after Close = %v", err)
	}
	_ = again.Close()
}

func TestDeviceMounted(t *testing.T) {
	name, _ := loop(t, 6<<20)
	if out, err := exec.Command("mkfs.ext4", "-q", "-L", "souvenirs", "/dev/"+name).CombinedOutput(); err != nil {
		t.Fatalf("mkfs: %v %s", err, out)
	}
	before := look(t, name)
	if want := (flash.Content{Format: flash.FormatExt, Label: "souvenirs"}); before.Content != want {
		t.Errorf("content = %+v; want %+v", before.Content, want)
	}
	at := t.TempDir()
	if out, err := exec.Command("mount", "/dev/"+name, at).CombinedOutput(); err != nil {
		needs.Missing(t, "mounting is not allowed here: "+string(out))
	}
	t.Cleanup(func() { _ = exec.Command("umount", at).Run() })
	wantKinds(t, []error{look(t, name).Refusal(1)}, flash.KindInUse)
	_, err := flash.System().Open(before)
	wantKinds(t, []error{err}, flash.KindInUse)
}

// TestDeviceSwapped: another medium took the name between the question and the
// answer.
func TestDeviceSwapped(t *testing.T) {
	name, _ := loop(t, 6<<20)
	d := look(t, name)
	d.Sequence++
	_, err := flash.System().Open(d)
	wantKinds(t, []error{err}, flash.KindSwapped)
}
