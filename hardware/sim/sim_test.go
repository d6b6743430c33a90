package sim_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/readertest"
	"github.com/mallette-kit/mallette/hardware/sim"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// drop writes thing n, a plain grey, the way a person's copy does.
func drop(t *testing.T, path string, n int) {
	t.Helper()
	g := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range g.Pix {
		g.Pix[i] = byte(n + 1)
	}
	f, err := os.Create(path)
	must(t, err)
	must(t, png.Encode(f, g))
	must(t, f.Close())
}

// ahead drops a picture that is newer than whatever starts soon.
func ahead(t *testing.T, path string, n int) {
	t.Helper()
	drop(t, path, n)
	must(t, os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)))
}

func TestCameraConforms(t *testing.T) {
	readertest.Run(t, func(t *testing.T) readertest.Rig {
		dir := filepath.Join(t.TempDir(), "camera")
		return readertest.Rig{
			Source: sim.Camera{Dir: dir},
			Plug:   func(t *testing.T) { must(t, os.Mkdir(dir, 0o700)) },
			Unplug: func(t *testing.T) { must(t, os.RemoveAll(dir)) },
			Show:   func(t *testing.T, n int) { drop(t, filepath.Join(dir, fmt.Sprint(n, ".png")), n) },
			Is:     func(c reader.Capture, n int) bool { return c.Frame.GrayAt(9, 9).Y == byte(n+1) },
		}
	})
}

func TestScannerConforms(t *testing.T) {
	readertest.Run(t, func(t *testing.T) readertest.Rig {
		path := filepath.Join(t.TempDir(), "scanner")
		return readertest.Rig{
			Source: sim.Scanner{Path: path},
			Plug:   func(t *testing.T) { must(t, sim.Pipe(path)) },
			Unplug: func(t *testing.T) { must(t, os.Remove(path)) },
			Show:   func(t *testing.T, n int) { say(path, fmt.Sprint("CODE-", n, "\n")) },
			Is:     func(c reader.Capture, n int) bool { return c.Text == fmt.Sprint("CODE-", n) },
		}
	})
}

// say writes to a pipe as soon as somebody reads it, without waiting here.
func say(path, text string) {
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		defer f.Close()
		_, _ = f.WriteString(text)
	}()
}

func TestPipeIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scanner")
	must(t, sim.Pipe(path))
	must(t, sim.Pipe(path))
	about, err := os.Stat(path)
	must(t, err)
	if about.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("mode = %v; want a named pipe", about.Mode())
	}
}

// collect runs the camera until it has seen thing last and returns what came
// before it, once each.
func collect(t *testing.T, dir string, act func(), last int) []int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen []int
	once := false
	err := sim.Camera{Dir: dir}.Run(ctx, func(c reader.Capture) {
		n := int(c.Frame.GrayAt(0, 0).Y) - 1
		if len(seen) == 0 || seen[len(seen)-1] != n {
			seen = append(seen, n)
		}
		if !once {
			once = true
			act()
		}
		if n == last {
			cancel()
		}
	})
	must(t, err)
	return seen
}

func TestPictures(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old.png")
	drop(t, old, 1)
	must(t, os.Chtimes(old, time.Time{}, time.Now().Add(-time.Hour)))
	ahead(t, filepath.Join(dir, "first.png"), 2)
	aside := filepath.Join(t.TempDir(), "moved.png")
	drop(t, aside, 4)
	must(t, os.Chtimes(aside, time.Time{}, time.Now().Add(-time.Hour)))
	got := collect(t, dir, func() {
		must(t, os.WriteFile(filepath.Join(dir, "bad.png"), []byte("\x89PNG\r\n\x1a\n"), 0o600))
		drop(t, filepath.Join(dir, ".hidden.png"), 3)
		must(t, os.Rename(aside, filepath.Join(dir, "moved.png")))
	}, 4)
	// Shown: what came after the start. Not: the old, the broken, the hidden.
	if fmt.Sprint(got) != "[2 4]" {
		t.Errorf("pictures shown = %v; want [2 4]", got)
	}
}

func TestPictureWrittenSlowlyIsShownOnce(t *testing.T) {
	dir := t.TempDir()
	ahead(t, filepath.Join(dir, "0.png"), 0)
	drop(t, filepath.Join(dir, "whole"), 6)
	whole, err := os.ReadFile(filepath.Join(dir, "whole"))
	must(t, err)
	must(t, os.Remove(filepath.Join(dir, "whole")))
	got := collect(t, dir, func() {
		f, err := os.Create(filepath.Join(dir, "slow.png"))
		must(t, err)
		_, err = f.Write(whole[:len(whole)/2])
		must(t, err)
		must(t, f.Sync())
		_, err = f.Write(whole[len(whole)/2:])
		must(t, errors.Join(err, f.Close()))
	}, 6)
	if fmt.Sprint(got) != "[0 6]" {
		t.Errorf("pictures shown = %v; want [0 6]", got)
	}
}
