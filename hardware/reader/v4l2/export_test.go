package v4l2

import (
	"context"
	"image"
	"unsafe"

	"github.com/mallette-kit/mallette/hardware/reader"
)

// Figure is a size or an offset, ours and the C compiler's.
type Figure struct {
	Name      string
	Got, Want uintptr
}

// Layout lists the figures of every struct that the kernel shares.
func Layout() []Figure {
	var (
		c capability
		f format
		r bufferRequest
		b buffer
	)
	return []Figure{
		{"sizeof v4l2_capability", unsafe.Sizeof(c), 104},
		{"v4l2_capability.capabilities", unsafe.Offsetof(c.Capabilities), 84},
		{"v4l2_capability.device_caps", unsafe.Offsetof(c.DeviceCaps), 88},
		{"sizeof v4l2_format", unsafe.Sizeof(f), 208},
		{"v4l2_format.fmt", unsafe.Offsetof(f.Width), 8},
		{"v4l2_format.fmt.pix.pixelformat", unsafe.Offsetof(f.PixelFormat), 8 + 8},
		{"v4l2_format.fmt.pix.bytesperline", unsafe.Offsetof(f.BytesPerLine), 8 + 16},
		{"v4l2_format.fmt.pix.sizeimage", unsafe.Offsetof(f.SizeImage), 8 + 20},
		{"sizeof v4l2_requestbuffers", unsafe.Sizeof(r), 20},
		{"v4l2_requestbuffers.memory", unsafe.Offsetof(r.Memory), 8},
		{"sizeof v4l2_buffer", unsafe.Sizeof(b), 88},
		{"v4l2_buffer.bytesused", unsafe.Offsetof(b.BytesUsed), 8},
		{"v4l2_buffer.timestamp", unsafe.Offsetof(b.Timestamp), 24},
		{"v4l2_buffer.sequence", unsafe.Offsetof(b.Sequence), 56},
		{"v4l2_buffer.memory", unsafe.Offsetof(b.Memory), 60},
		{"v4l2_buffer.m", unsafe.Offsetof(b.Offset), 64},
		{"v4l2_buffer.length", unsafe.Offsetof(b.Length), 72},
		{"VIDIOC_QUERYCAP's size", queryCapabilities >> 16 & 0x3fff, unsafe.Sizeof(c)},
		{"VIDIOC_S_FMT's size", setFormat >> 16 & 0x3fff, unsafe.Sizeof(f)},
		{"VIDIOC_REQBUFS's size", requestBuffers >> 16 & 0x3fff, unsafe.Sizeof(r)},
		{"VIDIOC_DQBUF's size", takeBuffer >> 16 & 0x3fff, unsafe.Sizeof(b)},
	}
}

// Decode decodes a frame as the camera does.
func Decode(pixel string, w, h int, frame []byte) *image.Gray {
	p := pixelFormat(pixel[0]) | pixelFormat(pixel[1])<<8 | pixelFormat(pixel[2])<<16 | pixelFormat(pixel[3])<<24
	return format{PixelFormat: p, Width: uint32(w), Height: uint32(h)}.decode(frame)
}

// Start starts and stops a camera.
func Start(n Node) error {
	c, err := start(n)
	if err == nil {
		c.stop()
	}
	return err
}

// Roll films until ctx is done.
func Roll(ctx context.Context, n Node, emit func(reader.Capture)) error {
	c, err := start(n)
	if err != nil {
		return err
	}
	defer c.stop()
	return c.roll(ctx, emit)
}
