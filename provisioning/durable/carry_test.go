package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestCarry(t *testing.T) {
	stick := t.TempDir()
	file := filepath.Join(stick, "lecons", "a.zip")
	for _, want := range []string{"first", "then"} {
		if err := durable.Carry(stick, "lecons", "a.zip", text(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); string(got) != want || err != nil {
			t.Errorf("content = %q, %v; want %q", got, err, want)
		}
	}
	torn := errors.New("torn")
	if err := durable.Carry(stick, "lecons", "a.zip", func(io.Writer) error { return torn }); !errors.Is(err, torn) {
		t.Errorf("Carry of what cannot be written = %v; want its error", err)
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	got, _ := os.ReadFile(file)
	if len(entries) != 1 || err != nil || string(got) != "then" {
		t.Errorf("folder holds %v with %q, %v; want what was there alone", entries, got, err)
	}
}

// A stick is somebody else's work: a link on it leads nowhere.
func TestCarryStaysOnTheStick(t *testing.T) {
	stick, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(stick, "lecons")); err != nil {
		t.Fatal(err)
	}
	if err := durable.Carry(stick, "lecons", "a.zip", text("x")); err == nil {
		t.Error("Carry through a link that leads out = nil; want an error")
	}
	if entries, err := os.ReadDir(outside); len(entries) != 0 || err != nil {
		t.Errorf("outside holds %v, %v; want nothing", entries, err)
	}
	if err := durable.Carry(filepath.Join(stick, "none"), "lecons", "a.zip", text("x")); err == nil {
		t.Error("Carry to no stick = nil; want an error")
	}
}
