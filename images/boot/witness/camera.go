package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"os"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/opener"
	"github.com/mallette-kit/mallette/hardware/reader/v4l2"
)

// The camera's plug: the driver that is told to let go of it and to take it.
const (
	pull = "/sys/bus/platform/drivers/vivid/unbind"
	plug = "/sys/bus/platform/drivers/vivid/bind"
	cord = "vivid.0"
)

// camera reads the machine's cameras as the passreader does: each is opened by
// the part with rights and handed over. Then it pulls the camera and plugs it in
// again, while it films.
func (w *witness) camera(ctx context.Context) error {
	client, err := w.doorkeeper()
	if err != nil {
		return err
	}
	s := sight{witness: w, opened: make(chan string), closed: make(chan string), frames: make(chan *image.Gray)}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.source(ctx, client).Run(ctx, s.take(ctx)) }()
	err = s.day(ctx)
	cancel()
	return errors.Join(err, <-ended)
}

// doorkeeper starts the part that may open devices.
func (w *witness) doorkeeper() (*opener.Client, error) {
	server, end, err := opener.Pair()
	if err != nil {
		return nil, err
	}
	go func() { w.say("doorkeeper ended: %v", opener.Serve(server, opener.Policy{Cameras: true})) }()
	return opener.NewClient(end)
}

// sight is what is seen of the cameras.
type sight struct {
	*witness

	opened, closed chan string
	frames         chan *image.Gray
}

func (s sight) source(ctx context.Context, client *opener.Client) v4l2.Cameras {
	return v4l2.Cameras{
		Log: slog.New(slog.NewTextHandler(s.console, nil)),
		Open: func(path string) (v4l2.Node, error) {
			f, err := client.Open(path)
			if err != nil {
				return nil, err
			}
			return v4l2.NodeOf(f)
		},
		Opened: func(name string) func() {
			tell(ctx, s.opened, name)
			return func() { tell(ctx, s.closed, name) }
		},
	}
}

// take hands frames on.
func (s sight) take(ctx context.Context) func(reader.Capture) {
	return func(c reader.Capture) { tell(ctx, s.frames, c.Frame) }
}

func tell[T any](ctx context.Context, to chan<- T, what T) {
	select {
	case to <- what:
	case <-ctx.Done():
	}
}

// day is what happens to the camera.
func (s sight) day(ctx context.Context) error {
	if err := s.film(ctx); err != nil {
		return err
	}
	for range 2 {
		if err := os.WriteFile(pull, []byte(cord), 0); err != nil {
			return fmt.Errorf("pull the camera: %w", err)
		}
		if err := s.until(ctx, s.closed, "closed"); err != nil {
			return err
		}
		if err := os.WriteFile(plug, []byte(cord), 0); err != nil {
			return fmt.Errorf("plug the camera in: %w", err)
		}
		if err := s.film(ctx); err != nil {
			return err
		}
	}
	return nil
}

// film waits for a camera and says what a few of its frames show.
func (s sight) film(ctx context.Context) error {
	if err := s.until(ctx, s.opened, "opened"); err != nil {
		return err
	}
	for range 3 {
		select {
		case f := <-s.frames:
			s.say("frame %dx%d bars %v", f.Rect.Dx(), f.Rect.Dy(), bars(f))
		case <-ctx.Done():
			return fmt.Errorf("await a frame: %w", ctx.Err())
		}
	}
	return nil
}

// until waits until a camera was opened or closed; frames that come meanwhile go by.
func (s sight) until(ctx context.Context, what <-chan string, word string) error {
	for {
		select {
		case name := <-what:
			s.say("%s %s", word, name)
			return nil
		case <-s.frames:
		case <-ctx.Done():
			return fmt.Errorf("await a camera %s: %w", word, ctx.Err())
		}
	}
}

// bars are the grey levels of the eight bars that a test picture has, away from
// the text above them.
func bars(f *image.Gray) []uint8 {
	levels := make([]uint8, 8)
	for i := range levels {
		levels[i] = f.GrayAt((2*i+1)*f.Rect.Dx()/16, f.Rect.Dy()*3/4).Y
	}
	return levels
}
