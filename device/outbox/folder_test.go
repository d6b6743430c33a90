package outbox_test

import (
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/outbox"
)

func TestFolderNoticesAppends(t *testing.T) {
	b, path := newBench(t), newPath(t)
	f := outbox.Folder{Dir: filepath.Dir(path)}
	if current, aside, err := f.Open(t.Context()); current != nil || len(aside) != 0 || err != nil {
		t.Errorf("Open of an empty folder = %v, %v, %v; want nothing", current, aside, err)
	}
	f.Changed()
	o, report := b.open(t, path)
	if !f.Changed() {
		t.Error("Changed after the first opening = false; want true")
	}
	mustAppend(t, o, validation(1))
	if !f.Changed() {
		t.Error("Changed after Append = false; want true")
	}
	current, _, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer current.Close()
	seq, rev, err := current.Head(t.Context())
	if seq != 1 || rev != 0 || err != nil {
		t.Errorf("Head = %d, %d, %v; want 1, 0", seq, rev, err)
	}
	if log, err := current.Log(t.Context()); log != report.Log || err != nil {
		t.Errorf("Log = %v, %v; want %v", log, err, report.Log)
	}
}
