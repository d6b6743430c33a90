// Package picture opens picture files that may be hostile, as a camera would
// see what is on them.
//
// The size of a file and the measures in its header are looked at before it
// is decoded, so that memory is bounded whatever it claims. It reads PNG and
// JPEG and nothing else; it never writes, and its errors name no file.
package picture

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // the pictures of cameras
	_ "image/png"  // the pictures of screens and scanners
	"io"
	"os"

	"github.com/mallette-kit/mallette/hardware/reader"
)

const (
	maxFile   = 32 << 20 // bytes
	maxPixels = 16 << 20 // as stored; a telephone's picture has 12 million
)

// Errors of a picture.
var (
	ErrFormat = errors.New("not a whole PNG or JPEG picture")
	ErrLarge  = errors.New("picture too large")
)

// Open decodes a file as a camera would see it: grey, and at most
// [reader.MaxPixels]. Its header is believed only up to the limits.
func Open(path string) (*image.Gray, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open picture: %w", errors.Unwrap(err)) // without the name
	}
	defer f.Close()
	about, err := f.Stat()
	if err != nil || !about.Mode().IsRegular() {
		return nil, ErrFormat
	}
	return Decode(f)
}

// Decode decodes a picture as [Open] does.
func Decode(f io.ReadSeeker) (*image.Gray, error) {
	if err := inspect(f); err != nil {
		return nil, err
	}
	whole, _, err := image.Decode(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, ErrFormat
	}
	return shrink(whole), nil
}

// inspect looks at the size and the header, and rewinds.
func inspect(f io.ReadSeeker) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size > maxFile {
		return ErrLarge
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind picture: %w", err)
	}
	header, format, err := image.DecodeConfig(io.LimitReader(f, maxFile))
	switch {
	case err != nil || format != "png" && format != "jpeg":
		return ErrFormat
	case header.Width <= 0 || header.Height <= 0 || header.Width > maxPixels/header.Height:
		return ErrLarge
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind picture: %w", err)
	}
	return nil
}

// shrink makes a grey picture of at most reader.MaxPixels by averaging
// squares.
func shrink(whole image.Image) *image.Gray {
	b := whole.Bounds()
	n := 1
	for b.Dx()/n*(b.Dy()/n) > reader.MaxPixels {
		n++
	}
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(g, g.Rect, image.White, image.Point{}, draw.Src) // paper behind what is transparent
	draw.Draw(g, g.Rect, whole, b.Min, draw.Over)
	if n == 1 {
		return g
	}
	return average(g, n)
}

func average(g *image.Gray, n int) *image.Gray {
	small := image.NewGray(image.Rect(0, 0, max(1, g.Rect.Dx()/n), max(1, g.Rect.Dy()/n)))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			sum, count := 0, 0
			for dy := range min(n, g.Rect.Dy()) {
				for dx := range min(n, g.Rect.Dx()) {
					sum += int(g.Pix[(y*n+dy)*g.Stride+x*n+dx])
					count++
				}
			}
			small.Pix[y*small.Stride+x] = byte(sum / count)
		}
	}
	return small
}
