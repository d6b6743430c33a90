package watch_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

// visits runs Dir with a period too long to matter and returns its visits.
func visits(t *testing.T, dir string, kind uint32, every time.Duration) <-chan bool {
	ctx, cancel := context.WithCancel(context.Background())
	seen, done := make(chan bool, 64), make(chan bool)
	go func() {
		defer close(done)
		watch.Dir(ctx, dir, kind, every, func() { seen <- true })
	}()
	t.Cleanup(func() { cancel(); <-done })
	<-seen // the first visit: from here on nothing is missed
	return seen
}

func write(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEachChangeIsVisited(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	write(t, outside)
	cases := []struct {
		name   string
		kind   uint32
		change func() error
	}{
		{"node made", watch.Nodes, func() error { write(t, filepath.Join(dir, "event0")); return nil }},
		{"rights changed", watch.Nodes, func() error { return os.Chmod(filepath.Join(dir, "event0"), 0o640) }},
		{"node gone", watch.Nodes, func() error { return os.Remove(filepath.Join(dir, "event0")) }},
		{"file written", watch.Files, func() error { write(t, filepath.Join(dir, "a.png")); return nil }},
		{"file moved in", watch.Files, func() error { return os.Rename(outside, filepath.Join(dir, "b.png")) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			seen := visits(t, dir, c.kind, time.Hour)
			if err := c.change(); err != nil {
				t.Fatal(err)
			}
			<-seen
		})
	}
}

func TestDirectoryThatComesLaterIsVisited(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	seen := visits(t, dir, watch.Files, time.Millisecond)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a"))
	<-seen
}

func TestUntilItIsThere(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "socket")
	looks := 0
	found := watch.Until(t.Context(), dir, watch.Nodes, time.Hour, func() bool {
		if looks++; looks == 1 {
			write(t, file)
			return false
		}
		_, err := os.Stat(file)
		return err == nil
	})
	if !found || looks != 2 {
		t.Errorf("Until = %v after %d looks; want it found at the second", found, looks)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if watch.Until(ctx, dir, watch.Nodes, time.Hour, func() bool { cancel(); return false }) {
		t.Error("Until = true; want false when the context ends")
	}
}
