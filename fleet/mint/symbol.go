package mint

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/code128"
	"rsc.io/qr"
)

// Sizes in print, in millimetres. Scanners in the field want half a millimetre
// a module and the quiet zones that the standards ask for.
const (
	qrModule  = 0.56
	qrQuiet   = 4 // modules
	barModule = 0.33
	barQuiet  = 10 // modules
	barHeight = 8
)

// run is dark modules side by side in a row of a symbol.
type run struct{ x, y, n int }

// symbol is a printed code: its size in modules without quiet zone, and what
// is dark.
type symbol struct {
	width, height int
	runs          []run
}

// qrSymbol encodes digits with error correction M.
func qrSymbol(digits string) (symbol, error) {
	code, err := qr.Encode(digits, qr.M)
	if err != nil {
		return symbol{}, fmt.Errorf("draw QR code: %w", err)
	}
	return trace(code.Size, code.Size, code.Black), nil
}

// barSymbol encodes an even number of digits in Code 128, set C.
func barSymbol(digits string) (symbol, error) {
	code, err := code128.Encode(digits)
	if err != nil {
		return symbol{}, fmt.Errorf("draw bars: %w", err)
	}
	dark := func(x, _ int) bool {
		r, _, _, _ := code.At(x, 0).RGBA()
		return r == 0
	}
	return trace(code.Bounds().Dx(), 1, dark), nil
}

func trace(width, height int, dark func(x, y int) bool) symbol {
	s := symbol{width: width, height: height}
	for y := range height {
		for x := 0; x < width; x++ {
			start := x
			for x < width && dark(x, y) {
				x++
			}
			if x > start {
				s.runs = append(s.runs, run{start, y, x - start})
			}
		}
	}
	return s
}

// path is the symbol as an SVG path in modules, moved by its quiet zone.
func (s symbol) path(quietX, quietY, height int) string {
	var b strings.Builder
	for _, r := range s.runs {
		fmt.Fprintf(&b, "M%d %dh%dv%dh-%dz", r.x+quietX, r.y*height+quietY, r.n, height, r.n)
	}
	return b.String()
}
