package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// TestRoom is a disk that somebody fills and empties again.
func TestRoom(t *testing.T) {
	dir := needs.SmallDisk(t, 1<<20)
	r := room{durable.Ballast{File: filepath.Join(dir, ballastFile), Size: 512 << 10}, dir, 768 << 10, slog.New(slog.DiscardHandler)}
	hog := filepath.Join(dir, "hog")
	look := func(what string, full, held bool) {
		t.Helper()
		got := r.look(t.Context())
		if _, err := os.Stat(r.File); got != full || (err == nil) != held {
			t.Errorf("%s: full %v, ballast held %v; want %v, %v", what, got, err == nil, full, held)
		}
	}
	look("an empty disk", false, true)
	if err := os.WriteFile(hog, make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the ballast was given away")
	}
	look("a full disk", true, false)
	if !health.Writable(dir).Met(t.Context()) {
		t.Error("without its ballast the disk still takes nothing")
	}
	look("a disk with little room", false, false)
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	look("a disk that was emptied", false, true)
}
