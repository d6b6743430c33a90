package v4l2

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/hardware/reader"
)

const (
	wantWidth, wantHeight = 1280, 720
	wantBuffers           = 4
	maxFrame              = 64 << 20 // bytes of a buffer, whatever the camera says
)

// camera is a node that films.
type camera struct {
	node    Node
	format  format
	buffers [][]byte
}

// String tells the format, as "YUYV 1280x720".
func (f format) String() string { return fmt.Sprintf("%s %dx%d", f.PixelFormat, f.Width, f.Height) }

// start asks the node for frames; stop undoes it.
func start(n Node) (*camera, error) {
	if err := capture(n); err != nil {
		return nil, err
	}
	f, err := negotiate(n)
	if err != nil {
		return nil, err
	}
	c := &camera{node: n, format: f}
	if err := c.stream(); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// capture checks that the node itself (a camera has several) gives frames.
func capture(n Node) error {
	var about capability
	if err := n.Control(queryCapabilities, unsafe.Pointer(&about)); err != nil {
		return fmt.Errorf("query capabilities: %w", err)
	}
	can := about.Capabilities
	if can&capDeviceCaps != 0 {
		can = about.DeviceCaps
	}
	if can&capCapture == 0 || can&capStreaming == 0 {
		return ErrNoCapture
	}
	return nil
}

// negotiate sets the best format: one of the wanted size if there is one,
// else the largest.
func negotiate(n Node) (format, error) {
	var best format
	var refused []error
	for _, p := range []pixelFormat{grey, yuyv, mjpeg} {
		f, err := ask(n, p)
		refused = append(refused, err)
		if err != nil || !usable(f) || f.PixelFormat != p {
			continue
		}
		if f.Width == wantWidth && f.Height == wantHeight {
			return f, nil
		}
		if f.Width*f.Height > best.Width*best.Height {
			best = f
		}
	}
	if best.Width == 0 {
		return format{}, fmt.Errorf("choose a format: %w", unfit(refused))
	}
	return ask(n, best.PixelFormat)
}

// unfit is no camera, unless somebody else films with it: that passes.
func unfit(refused []error) error {
	if err := errors.Join(refused...); errors.Is(err, unix.EBUSY) {
		return err
	}
	return errors.Join(append(refused, ErrNoCapture)...)
}

// ask sets a format and returns what the driver made of it.
func ask(n Node, p pixelFormat) (format, error) {
	f := format{Type: typeCapture, Width: wantWidth, Height: wantHeight, PixelFormat: p, Field: fieldNone}
	if err := n.Control(setFormat, unsafe.Pointer(&f)); err != nil {
		return format{}, fmt.Errorf("set format: %w", err)
	}
	return f, nil
}

func usable(f format) bool {
	return f.Width > 0 && f.Height > 0 && f.Width <= 1<<14 && f.Height <= 1<<14 && f.Width*f.Height <= reader.MaxPixels
}

// stream maps the buffers, gives them to the driver and starts the stream.
func (c *camera) stream() error {
	want := bufferRequest{Count: wantBuffers, Type: typeCapture, Memory: memoryMmap}
	if err := c.node.Control(requestBuffers, unsafe.Pointer(&want)); err != nil {
		return fmt.Errorf("request buffers: %w", err)
	}
	for i := range min(want.Count, 2*wantBuffers) {
		if err := c.mapBuffer(i); err != nil {
			return err
		}
	}
	if len(c.buffers) == 0 {
		return fmt.Errorf("request buffers: %w", ErrNoCapture)
	}
	kind := uint32(typeCapture)
	if err := c.node.Control(streamOn, unsafe.Pointer(&kind)); err != nil {
		return fmt.Errorf("start stream: %w", err)
	}
	return nil
}

func (c *camera) mapBuffer(i uint32) error {
	b := buffer{Index: i, Type: typeCapture, Memory: memoryMmap}
	if err := c.node.Control(queryBuffer, unsafe.Pointer(&b)); err != nil {
		return fmt.Errorf("query buffer: %w", err)
	}
	if b.Length == 0 || b.Length > maxFrame {
		return fmt.Errorf("query buffer: %w", ErrNoCapture)
	}
	frame, err := c.node.Map(int64(b.Offset), int(b.Length))
	if err != nil {
		return fmt.Errorf("map buffer: %w", err)
	}
	c.buffers = append(c.buffers, frame)
	return c.give(i)
}

func (c *camera) give(i uint32) error {
	b := buffer{Index: i, Type: typeCapture, Memory: memoryMmap}
	if err := c.node.Control(giveBuffer, unsafe.Pointer(&b)); err != nil {
		return fmt.Errorf("give buffer: %w", err)
	}
	return nil
}

// stop ends the stream and unmaps everything; the node stays open.
func (c *camera) stop() {
	kind := uint32(typeCapture)
	_ = c.node.Control(streamOff, unsafe.Pointer(&kind))
	for _, frame := range c.buffers {
		_ = c.node.Unmap(frame)
	}
	c.buffers = nil
	none := bufferRequest{Type: typeCapture, Memory: memoryMmap}
	_ = c.node.Control(requestBuffers, unsafe.Pointer(&none))
}

// next returns the newest frame, nil when it was unreadable or ctx is done.
func (c *camera) next(ctx context.Context) (*image.Gray, error) {
	if err := c.await(ctx); err != nil || ctx.Err() != nil {
		return nil, err
	}
	newest, err := c.newest()
	if err != nil {
		return nil, err
	}
	picture := c.picture(newest)
	return picture, c.give(newest.Index)
}

// await returns once a frame is ready, or ErrSilent.
func (c *camera) await(ctx context.Context) error {
	for end := time.Now().Add(patience); ctx.Err() == nil; {
		ready, err := c.node.Wait(slice)
		if ready || err != nil {
			return err
		}
		if time.Now().After(end) {
			return ErrSilent
		}
	}
	return nil
}

// newest takes every frame that is ready and gives all but the last back.
func (c *camera) newest() (buffer, error) {
	last, err := c.take()
	if err != nil {
		return buffer{}, err
	}
	for range len(c.buffers) {
		b, err := c.take()
		if errors.Is(err, unix.EAGAIN) {
			return last, nil
		}
		if err != nil {
			return buffer{}, err
		}
		if err := c.give(last.Index); err != nil {
			return buffer{}, err
		}
		last = b
	}
	return last, nil
}

func (c *camera) take() (buffer, error) {
	b := buffer{Type: typeCapture, Memory: memoryMmap}
	if err := c.node.Control(takeBuffer, unsafe.Pointer(&b)); err != nil {
		return buffer{}, fmt.Errorf("take buffer: %w", err)
	}
	if int(b.Index) >= len(c.buffers) {
		return buffer{}, fmt.Errorf("take buffer: %w", ErrNoCapture)
	}
	return b, nil
}

// picture copies a frame out of its buffer.
func (c *camera) picture(b buffer) *image.Gray {
	if b.Flags&flagBadFrame != 0 {
		return nil
	}
	frame := c.buffers[b.Index]
	return c.format.decode(frame[:min(int(b.BytesUsed), len(frame))])
}
