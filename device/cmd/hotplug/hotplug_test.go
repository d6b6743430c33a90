package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/hardware/kmod"
)

// journal is a log that a test waits for.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case j.more <- struct{}{}:
	default:
	}
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) await(t *testing.T, what string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for !strings.Contains(j.String(), what) {
		select {
		case <-j.more:
		case <-late:
			t.Fatalf("log = %s; want %q", j, what)
		}
	}
}

// start runs the program until the test ends, on a machine made of folders.
func start(t *testing.T, modules string) (log *journal, modprobe string) {
	t.Helper()
	log, modprobe = &journal{more: make(chan struct{}, 1)}, filepath.Join(t.TempDir(), "modprobe")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"--run", t.TempDir(), "--modules", modules, "--devices", t.TempDir(), "--modprobe", modprobe, "--log", "/dev/null/none"}, log, log)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("run = %v; want it to last until its end", err)
		}
	})
	return log, modprobe
}

// A Raspberry Pi has everything in its kernel: the program waits.
func TestWaitsWithoutModules(t *testing.T) {
	log, modprobe := start(t, t.TempDir())
	log.await(t, "no modules on this machine")
	if _, err := os.Stat(modprobe); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("modprobe = %v; want the kernel not told", err)
	}
}

func TestLooksAtDevicesAndIsAsked(t *testing.T) {
	root := t.TempDir()
	dir, err := modulesDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var index bytes.Buffer
	if err := errors.Join(os.MkdirAll(dir, 0o700), kmod.WriteIndex(&index, nil, nil)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, kmod.IndexFile), index.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	log, modprobe := start(t, root)
	log.await(t, "devices looked at")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(modprobe); err != nil || string(got) != self {
		t.Errorf("modprobe = %s, %v; want %s", got, err, self)
	}
	t.Setenv("MALLETTE_STATION_MODULES", root)
	if code := help(t.Context(), []string{"-q", "--", "nobody"}); code != 1 {
		t.Errorf("help for an unknown module = %d; want 1", code)
	}
}
