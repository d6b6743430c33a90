package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

func TestBallast(t *testing.T) {
	dir := needs.SmallDisk(t, 1<<20)
	b := durable.Ballast{File: filepath.Join(dir, "ballast"), Size: 512 << 10}
	for range 2 { // holding what is held changes nothing
		if err := b.Hold(); err != nil {
			t.Fatal(err)
		}
	}
	hog := filepath.Join(dir, "hog")
	if err := os.WriteFile(hog, make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("what was held was given to somebody else")
	}
	note := filepath.Join(dir, "note")
	if err := durable.Replace(note, make([]byte, 64<<10), 0o600); err == nil {
		t.Fatal("a full disk took a file")
	}
	for range 2 { // nor does dropping what was dropped
		if err := b.Drop(); err != nil {
			t.Fatal(err)
		}
	}
	if err := durable.Replace(note, make([]byte, 64<<10), 0o600); err != nil {
		t.Errorf("after Drop there is no room: %v", err)
	}
}

func TestNoRoomForBallast(t *testing.T) {
	dir := needs.SmallDisk(t, 1<<20)
	b := durable.Ballast{File: filepath.Join(dir, "ballast"), Size: 2 << 20}
	if err := b.Hold(); err == nil {
		t.Error("Hold of more than there is = nil; want an error")
	}
	if _, err := os.Stat(b.File); err == nil {
		t.Error("a ballast that could not be held lies about")
	}
}
