// Package sim is the hardware of a station simulated, for a developer's
// machine, a demonstration and the tests: a folder is the camera, a named pipe
// is the hand scanner, a writer is the light and the buzzer.
//
// The simulated devices pass the same conformance suites as the real ones.
// What is dropped into the folder may be hostile: it is looked at before it
// is decoded, in bounded memory. Nothing in the folder is ever changed.
package sim

import (
	"context"
	"image"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/picture"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

const (
	rescan = time.Second
	held   = 3 // frames for which a picture is held before the camera
)

// Camera is a [reader.Source] that sees every picture put into a folder from
// now on. A picture counts once it is written to its end or moved in.
type Camera struct {
	Dir string
	Log *slog.Logger // nil: nothing is logged

	Opened reader.Opened // told while the folder is watched
}

// Name returns "camera".
func (c Camera) Name() string { return "camera" }

// Run implements [reader.Source].
func (c Camera) Run(ctx context.Context, emit func(reader.Capture)) error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	defer c.Opened.Tell("camera sim")()
	album := &album{Camera: c, since: time.Now().Add(-tick), seen: make(map[string]stamp)}
	watch.Dir(ctx, c.Dir, watch.Files, rescan, func() { album.visit(ctx, emit) })
	return nil
}

// tick is more than the coarseness of file times.
const tick = 20 * time.Millisecond

// album remembers which pictures have been shown.
type album struct {
	Camera
	since time.Time
	begun bool
	seen  map[string]stamp
}

// stamp tells one state of a file from the next.
type stamp struct {
	size int64
	at   time.Time
}

// visit shows the pictures that are new. On the first visit those older than
// the program are not: a program that restarts must not show them again.
func (a *album) visit(ctx context.Context, emit func(reader.Capture)) {
	files, err := os.ReadDir(a.Dir)
	if err != nil {
		clear(a.seen)
		a.begun = true
		return
	}
	present := make(map[string]stamp, len(files))
	for _, f := range files {
		about, err := os.Stat(filepath.Join(a.Dir, f.Name()))
		if err != nil || !about.Mode().IsRegular() || f.Name()[0] == '.' {
			continue
		}
		s := stamp{about.Size(), about.ModTime()}
		present[f.Name()] = s
		if a.seen[f.Name()] != s && (a.begun || s.at.After(a.since)) {
			a.show(ctx, f.Name(), emit)
		}
	}
	a.seen, a.begun = present, true
}

func (a *album) show(ctx context.Context, name string, emit func(reader.Capture)) {
	frame, err := picture.Open(filepath.Join(a.Dir, name))
	if err != nil {
		a.Log.WarnContext(ctx, "picture refused", "err", err)
		return
	}
	for range held {
		if ctx.Err() != nil {
			return
		}
		emit(reader.Capture{Frame: copyOf(frame), At: time.Now()})
	}
}

func copyOf(g *image.Gray) *image.Gray {
	c := *g
	c.Pix = append([]byte(nil), g.Pix...)
	return &c
}
