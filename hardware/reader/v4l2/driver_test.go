package v4l2

import (
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Driver is a camera as the kernel shows it, without a kernel: buffers that
// are given, filled and taken back, formats, and a plug that can be pulled.
type Driver struct {
	Formats  map[string][2]uint32 // what it can: format → width, height
	Metadata bool                 // the node gives no pictures
	Silent   bool                 // it never fills a buffer
	Busy     bool                 // somebody else films with it
	Fill     func(frame []byte) int

	mu     sync.Mutex
	gone   bool
	on     bool
	format format
	queue  []uint32
	frames [][]byte
	Set    string // the format chosen
	Mapped int    // buffers mapped and not unmapped
	Opened int
}

// Pull takes the camera out.
func (d *Driver) Pull() { d.mu.Lock(); d.gone = true; d.mu.Unlock() }

// Open opens the node.
func (d *Driver) Open(string) (Node, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Opened++
	return d, nil
}

// Close implements Node.
func (d *Driver) Close() error { return nil }

// Control implements Node.
func (d *Driver) Control(request uint, arg unsafe.Pointer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone {
		return unix.ENODEV
	}
	if d.Busy && request == setFormat {
		return unix.EBUSY
	}
	switch request {
	case queryCapabilities:
		about := (*capability)(arg)
		about.Capabilities = capCapture | capStreaming | capDeviceCaps
		if !d.Metadata {
			about.DeviceCaps = capCapture | capStreaming
		}
	case setFormat:
		return d.set((*format)(arg))
	case requestBuffers:
		d.request((*bufferRequest)(arg))
	case queryBuffer:
		b := (*buffer)(arg)
		b.Length, b.Offset = d.format.SizeImage, uint64(b.Index)<<12
	case giveBuffer:
		d.queue = append(d.queue, (*buffer)(arg).Index)
	case takeBuffer:
		return d.take((*buffer)(arg))
	case streamOn, streamOff:
		d.on = request == streamOn
	default:
		return unix.ENOTTY
	}
	return nil
}

// set does what drivers do: a format it has not becomes one that it has.
func (d *Driver) set(f *format) error {
	size, ok := d.Formats[f.PixelFormat.String()]
	if !ok {
		f.PixelFormat, size = mjpeg, [2]uint32{640, 480}
	}
	f.Width, f.Height = size[0], size[1]
	per := map[pixelFormat]uint32{grey: 1, yuyv: 2}[f.PixelFormat]
	f.BytesPerLine = f.Width * per
	f.SizeImage = f.Width * f.Height * 2
	d.format, d.Set = *f, f.String()
	return nil
}

func (d *Driver) request(r *bufferRequest) {
	d.queue, d.frames = nil, nil
	for range r.Count {
		d.frames = append(d.frames, make([]byte, d.format.SizeImage))
	}
}

func (d *Driver) take(b *buffer) error {
	if len(d.queue) < len(d.frames) || d.Silent || !d.on { // one frame at a time
		return unix.EAGAIN
	}
	b.Index, d.queue = d.queue[0], d.queue[1:]
	b.BytesUsed = uint32(d.Fill(d.frames[b.Index]))
	return nil
}

// Map implements Node.
func (d *Driver) Map(offset int64, length int) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Mapped++
	return d.frames[offset>>12][:length], nil
}

// Unmap implements Node.
func (d *Driver) Unmap([]byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Mapped--
	return nil
}

// Wait implements Node.
func (d *Driver) Wait(wait time.Duration) (bool, error) {
	d.mu.Lock()
	gone, silent := d.gone, d.Silent
	d.mu.Unlock()
	if gone {
		return false, unix.ENODEV
	}
	if silent {
		time.Sleep(wait)
	}
	return !silent, nil
}
