// Package v4l2 reads cameras: it gives the grey frames of any that the Linux
// kernel offers as a video capture device.
//
// It asks for 1280 × 720, grey or YUYV before MJPEG (compression blurs small
// modules), takes what the camera has, and always gives the newest frame. A
// camera that stops giving frames is closed and opened again. It keeps no
// frame, and never writes one anywhere. Cameras that need a pipeline of
// several devices, such as those of a Raspberry Pi's ribbon connector, are
// not read.
package v4l2

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

const (
	rescan   = 5 * time.Second
	maxOpen  = 2               // cameras read together
	patience = 5 * time.Second // without a frame a camera has hung
	settle   = 300 * time.Millisecond
	slice    = 200 * time.Millisecond
)

// ErrNoCapture is a video node that is no camera, or not one for us.
var ErrNoCapture = errors.New("not a capture device")

// ErrSilent is a camera that gives no frames.
var ErrSilent = errors.New("no frame in time")

// Cameras is a [reader.Source] of every camera plugged in, two at most. The
// zero value reads the machine's own.
type Cameras struct {
	Dir  string                          // directory of video nodes; "": /dev
	Open func(path string) (Node, error) // nil: [OpenNode]
	Log  *slog.Logger                    // nil: nothing is logged

	Opened reader.Opened // told of each camera in use
}

// Name returns "camera".
func (c Cameras) Name() string { return "camera" }

// Run implements [reader.Source].
func (c Cameras) Run(ctx context.Context, emit func(reader.Capture)) error {
	s := &stand{Cameras: c.withDefaults(), state: make(map[string]state)}
	var one sync.Mutex
	s.emit = func(shot reader.Capture) {
		one.Lock()
		defer one.Unlock()
		if ctx.Err() == nil {
			emit(shot)
		}
	}
	defer s.filming.Wait()
	watch.Dir(ctx, s.Dir, watch.Nodes, rescan, func() { s.visit(ctx) })
	return nil
}

func (c Cameras) withDefaults() Cameras {
	c.Dir = cmp.Or(c.Dir, "/dev")
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Open == nil {
		c.Open = OpenNode
	}
	return c
}

// stand is the cameras in use.
type stand struct {
	Cameras
	emit    func(reader.Capture)
	filming sync.WaitGroup
	mu      sync.Mutex
	state   map[string]state
}

// state is what became of a node since it appeared.
type state uint8

const (
	filming state = iota + 1
	useless       // not a camera: no use in asking again
)

// visit films with every camera that may be, and forgets nodes that are gone.
func (s *stand) visit(ctx context.Context) {
	nodes, _ := filepath.Glob(filepath.Join(s.Dir, "video*"))
	s.forget(nodes)
	for _, node := range nodes {
		if s.take(node) {
			s.filming.Go(func() { s.use(ctx, node) })
		}
	}
}

// use films until the camera is gone, then looks whether it came back while
// its old node was still in use. One that somebody else films with is tried at
// the next round.
func (s *stand) use(ctx context.Context, node string) {
	err := s.film(ctx, node)
	s.release(node, err)
	if errors.Is(err, unix.EBUSY) {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(settle):
		s.visit(ctx)
	}
}

func (s *stand) forget(present []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for node, st := range s.state {
		if st == useless && !slices.Contains(present, node) {
			delete(s.state, node)
		}
	}
}

func (s *stand) take(node string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	busy := 0
	for _, st := range s.state {
		if st == filming {
			busy++
		}
	}
	if s.state[node] != 0 || busy == maxOpen {
		return false
	}
	s.state[node] = filming
	return true
}

func (s *stand) release(node string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.state, node)
	if errors.Is(err, ErrNoCapture) {
		s.state[node] = useless
	}
}

// film gives the frames of one camera until it fails or ctx is done.
func (s *stand) film(ctx context.Context, path string) error {
	name := filepath.Base(path)
	node, err := s.Open(path)
	if err != nil {
		s.Log.WarnContext(ctx, "camera not opened", "node", name, "err", err)
		return err
	}
	defer node.Close()
	cam, err := start(node)
	if err != nil {
		s.Log.DebugContext(ctx, "camera not started", "node", name, "err", err)
		return err
	}
	defer cam.stop()
	defer s.Opened.Tell("camera " + name)()
	s.Log.InfoContext(ctx, "camera started", "node", name, "format", cam.format.String())
	err = cam.roll(ctx, s.emit)
	if ctx.Err() == nil {
		s.Log.InfoContext(ctx, "camera stopped", "node", name, "err", err)
	}
	return err
}

// roll emits the newest frame each time there is one. Frames that cannot be
// decoded, as after a glitch on the cable, are skipped.
func (c *camera) roll(ctx context.Context, emit func(reader.Capture)) error {
	for ctx.Err() == nil {
		picture, err := c.next(ctx)
		if err != nil {
			return fmt.Errorf("next frame: %w", err)
		}
		if picture != nil {
			emit(reader.Capture{Frame: picture, At: time.Now()})
		}
	}
	return nil
}
