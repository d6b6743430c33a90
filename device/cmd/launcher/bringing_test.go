package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/device/lesson/zim/zimtest"
)

var fruits = zimtest.Book{Entries: []zimtest.Entry{
	{Namespace: 'C', Path: "p.html", Title: "La pomme", Type: "text/html", Content: "<p>Une pomme.</p>"},
	{Namespace: 'M', Path: "Title", Type: "text/plain", Content: "Les fruits"},
}}.Bytes()

func bringingFrom(t *testing.T, stick kiosk.Stick) *bringing {
	t.Helper()
	b := newBringing(&book.Shelf{Dir: filepath.Join(t.TempDir(), "library")}, stick, slog.New(slog.DiscardHandler))
	b.how.Spare = 0 // a build machine's disk may be nearly full
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	})
	return b
}

// brings waits for what comes of a file.
func (b *bringing) brings(t *testing.T, name string) kiosk.Bringing {
	t.Helper()
	b.Begin(name)
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		if now := b.Bringing(); !now.Running {
			return now
		}
		if t.Context().Err() != nil {
			t.Fatal("a book on its way has no end")
		}
	}
}

func TestABookComesFromAStick(t *testing.T) {
	stick := t.TempDir()
	must(t, os.WriteFile(filepath.Join(stick, "fruits.zim"), fruits, 0o600))
	must(t, os.WriteFile(filepath.Join(stick, "coupe.zim"), fruits[:len(fruits)-3], 0o600))
	must(t, os.WriteFile(filepath.Join(filepath.Dir(stick), "ailleurs.zim"), fruits, 0o600))
	b := bringingFrom(t, kiosk.StickAt(stick))
	for name, want := range map[string]error{"coupe.zim": zim.ErrCut, "absent.zim": fs.ErrNotExist, "../ailleurs.zim": fs.ErrNotExist, "": fs.ErrNotExist} {
		if now := b.brings(t, name); !errors.Is(now.Problem, want) || now.Title != "" || len(b.shelf.Books()) > 0 {
			t.Errorf("bringing %q = %+v; want %v and no book", name, now, want)
		}
	}
	now := b.brings(t, "fruits.zim")
	if now.Problem != nil || now.Title != "Les fruits" || now.Done != now.Total || now.Total == 0 || len(b.shelf.Books()) != 1 {
		t.Errorf("bringing the fruits = %+v, %d books; want it on the shelf", now, len(b.shelf.Books()))
	}
	b.how.Spare = math.MaxInt64 / 2
	if now := b.brings(t, "fruits.zim"); !errors.Is(now.Problem, importer.ErrSpace) || len(b.shelf.Books()) != 1 {
		t.Errorf("bringing on a full disk = %+v; want ErrSpace and the shelf as before", now)
	}
	if free, err := b.Free(); free != 0 || err != nil {
		t.Errorf("Free() of a full disk = %d, %v; want 0", free, err)
	}
}

// waiting is a stick that is slow until it is pulled or let go.
type waiting struct{ begun chan struct{} }

func (w waiting) Use(ctx context.Context, _ func(string) error) error {
	close(w.begun)
	<-ctx.Done()
	return ctx.Err()
}

func TestABookOnItsWayIsStopped(t *testing.T) {
	slow := waiting{make(chan struct{})}
	b := bringingFrom(t, slow)
	b.Stop() // nothing to stop
	b.Begin("fruits.zim")
	<-slow.begun
	b.Begin("another.zim") // one at a time
	b.Stop()
	for tick := time.NewTicker(5 * time.Millisecond); b.Bringing().Running; <-tick.C {
		if t.Context().Err() != nil {
			t.Fatal("a book that was stopped is on its way")
		}
	}
	if now := b.Bringing(); !errors.Is(now.Problem, context.Canceled) {
		t.Errorf("bringing = %+v; want stopped", now)
	}
	b.change(func(*kiosk.Bringing) { b.ended = time.Now().Add(-saidFor) })
	if now := b.Bringing(); now.Begun {
		t.Errorf("bringing = %+v long after; want nothing said", now)
	}
}
