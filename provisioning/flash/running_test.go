package flash_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/flash"
	"github.com/mallette-kit/mallette/provisioning/flash/flashtest"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// started is a stick that a machine runs from, with a system in slot B only.
func started(t *testing.T) file {
	t.Helper()
	f, err := os.OpenFile(flashtest.Raw(t, slot.A), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return file{f}
}

// copyRunning copies the system that runs from f to a file.
func copyRunning(t *testing.T, f flash.Editable) (*flash.Running, *os.File) {
	t.Helper()
	r, err := flash.OpenRunning(f, slot.B)
	if err != nil {
		t.Fatal(err)
	}
	pass, err := r.Open()
	if err != nil {
		t.Fatal(err)
	}
	copied, err := os.Create(t.TempDir() + "/copy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { copied.Close() })
	pour(t, pass, copied, r.Bytes())
	return r, copied
}

// TestRunning copies the running system into both slots.
func TestRunning(t *testing.T) {
	f := started(t)
	r, copied := copyRunning(t, f)
	if err := flash.Install(slot.Join{Token: "jeton"}, func(off, size int64) error {
		if off != r.Bytes() || size < 1<<20 {
			t.Errorf("fill(%d, %d); want the data partition at %d", off, size, r.Bytes())
		}
		return nil
	})(file{copied}); err != nil {
		t.Fatalf("Install = %v", err)
	}
	installed(t, file{copied})
}

func pour(t *testing.T, pass flash.Pass, to *os.File, size int64) {
	t.Helper()
	b := make([]byte, flash.Chunk)
	for off := int64(0); ; off += flash.Chunk {
		err := pass.Next(b)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(b, make([]byte, len(b))) {
			continue
		}
		if _, err := to.WriteAt(b[:min(flash.Chunk, size-off)], off); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Truncate(size + 64<<20); err != nil {
		t.Fatal(err)
	}
}

// installed checks a disk that was installed.
func installed(t *testing.T, f file) {
	t.Helper()
	table, _, err := slot.ReadTable(f, uint64(f.Size()/slot.SectorSize))
	if err != nil || !table.Ours() || table.FromImage() {
		t.Errorf("table = %+v, %v; want one of its own", table, err)
	}
	p, _ := table.Partition(slot.PartitionESP)
	off, size := p.Bytes()
	esp, err := slot.OpenESP(slot.Section(f, off, size))
	if err != nil {
		t.Fatal(err)
	}
	if both, err := flash.Releases(esp); err != nil || both[0] != both[1] {
		t.Errorf("Releases = %+v, %v; want the same twice", both, err)
	}
	if join, err := slot.ReadJoin(esp); err != nil || join.Token != "jeton" {
		t.Errorf("ReadJoin = %v, %v; want the token", join, err)
	}
	if env, whole, err := slot.ReadEnv(esp); err != nil || !whole || env.A.Tries != slot.MaxTries {
		t.Errorf("ReadEnv = %+v, %v, %v; want a new one", env, whole, err)
	}
}

// TestInstallDamaged: a system that is not what its release says is not
// installed.
func TestInstallDamaged(t *testing.T) {
	f := started(t)
	table, _, err := slot.ReadTable(f, uint64(f.Size()/slot.SectorSize))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := table.Partition(slot.PartitionRootB)
	off, _ := p.Bytes()
	if _, err := f.WriteAt([]byte{1}, off+5000); err != nil {
		t.Fatal(err)
	}
	_, copied := copyRunning(t, f)
	err = flash.Install(slot.Join{}, func(int64, int64) error { t.Error("data written"); return nil })(file{copied})
	wantKinds(t, []error{err}, flash.KindDamaged)
}
