package scan

import (
	"image"
	"time"
)

const (
	cells    = 24                     // a glance is cells × cells
	stir     = 5                      // of 255: what moves a cell more than noise does
	lookEach = 600 * time.Millisecond // a picture that stands still is read this often
)

// glance is a picture in a few cells.
type glance [cells * cells]byte

// stillness tells whether there is anything new to read, so that a camera
// that sees an empty desk costs next to nothing. The zero value is ready.
type stillness struct {
	last glance
	read time.Time
}

// unchanged reports whether frame is as the last that was read, a moment ago.
// When it is false, frame is taken as read.
func (s *stillness) unchanged(now time.Time, frame *image.Gray) bool {
	g := look(frame)
	if now.Sub(s.read) < lookEach && !now.Before(s.read) && alike(g, s.last) {
		return true
	}
	s.last, s.read = g, now
	return false
}

// look averages 64 pixels spread over each cell.
func look(frame *image.Gray) glance {
	var g glance
	w, h := frame.Rect.Dx(), frame.Rect.Dy()
	if w < 8*cells || h < 8*cells {
		return g
	}
	for i := range g {
		sum := 0
		for j := range 64 {
			x := (i%cells*8 + j%8) * w / (8 * cells)
			y := (i/cells*8 + j/8) * h / (8 * cells)
			sum += int(frame.Pix[y*frame.Stride+x])
		}
		g[i] = byte(sum / 64)
	}
	return g
}

func alike(a, b glance) bool {
	for i := range a {
		if d := int(a[i]) - int(b[i]); d > stir || d < -stir {
			return false
		}
	}
	return true
}
