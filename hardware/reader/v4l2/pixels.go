package v4l2

import (
	"bytes"
	"image"
	"image/jpeg"

	"github.com/mallette-kit/mallette/hardware/reader"
)

// decode makes a grey picture of a frame in the format, or nil when the frame
// is short or broken.
func (f format) decode(frame []byte) *image.Gray {
	switch f.PixelFormat {
	case mjpeg:
		return decodeJPEG(frame)
	case yuyv:
		return f.everyNth(frame, 2)
	default:
		return f.everyNth(frame, 1)
	}
}

// everyNth keeps the luminance bytes, the first of each n.
func (f format) everyNth(frame []byte, n int) *image.Gray {
	w, h, line := int(f.Width), int(f.Height), max(int(f.BytesPerLine), int(f.Width)*n)
	if len(frame) < (h-1)*line+w*n {
		return nil
	}
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		from, to := frame[y*line:], g.Pix[y*g.Stride:]
		for x := range w {
			to[x] = from[x*n]
		}
	}
	return g
}

// decodeJPEG decodes one frame of motion JPEG; its luminance is the picture.
func decodeJPEG(frame []byte) *image.Gray {
	about, err := jpeg.DecodeConfig(bytes.NewReader(frame))
	if err != nil || about.Width*about.Height > reader.MaxPixels {
		return nil
	}
	picture, err := jpeg.Decode(bytes.NewReader(withTables(frame)))
	if err != nil {
		return nil
	}
	switch p := picture.(type) {
	case *image.Gray:
		return p
	case *image.YCbCr:
		return &image.Gray{Pix: p.Y, Stride: p.YStride, Rect: p.Rect}
	}
	return nil
}
