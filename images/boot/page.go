package boot

import (
	"image"
	"image/color"
)

// The page's own colours, as kiosk-ui/style names them: no console, firmware or
// browser of its own shows them.
var (
	paper = color.RGBA{0xfb, 0xf6, 0xec, 0xff}
	sheet = color.RGBA{0xff, 0xfd, 0xf8, 0xff}
	deep  = color.RGBA{0x0e, 0x4a, 0x47, 0xff}
	ink   = color.RGBA{0x1d, 0x2b, 0x2a, 0xff}
	clay  = color.RGBA{0x7a, 0x2c, 0x0e, 0xff}
)

// HomePage reports whether the screen shows a page of ours with its text: most
// of it paper and sheet, a part in the case's green, and letters in ink.
func HomePage(screen *image.RGBA) bool {
	return Page(screen) && Share(screen, deep) > 0.01
}

// Target reports whether the screen shows a page of ours with the round target of
// the gym's first exercises.
func Target(screen *image.RGBA) bool {
	return Page(screen) && Share(screen, clay) > 0.005
}

// Page reports whether the screen shows a page of ours with some text: one whose
// letters are not drawn yet has none.
func Page(screen *image.RGBA) bool {
	return Share(screen, paper)+Share(screen, sheet) > 0.35 && Share(screen, ink) > 0.001
}

// Black reports whether the screen shows nothing at all.
func Black(screen *image.RGBA) bool { return Share(screen, color.RGBA{A: 0xff}) > 0.999 }

// Share returns which part of the screen has the colour, but for what a display
// of fewer colours rounds away.
func Share(screen *image.RGBA, want color.RGBA) float64 {
	r, n := screen.Bounds(), 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if near(screen.RGBAAt(x, y), want) {
				n++
			}
		}
	}
	return float64(n) / float64(max(1, r.Dx()*r.Dy()))
}

func near(a, b color.RGBA) bool {
	const slack = 4
	return apart(a.R, b.R) <= slack && apart(a.G, b.G) <= slack && apart(a.B, b.B) <= slack
}

func apart(a, b uint8) uint8 { return max(a, b) - min(a, b) }
