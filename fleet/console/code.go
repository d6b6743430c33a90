package console

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// code is a QR code drawn as one SVG path, so that it prints sharp and needs
// no picture.
type code struct {
	Size int // modules, quiet zone included
	Path string
}

// quiet is the blank border that readers need, in modules.
const quiet = 4

func newCode(text string) (code, error) {
	q, err := qr.Encode(text, qr.M)
	if err != nil {
		return code{}, fmt.Errorf("draw code: %w", err)
	}
	var path strings.Builder
	for y := range q.Size {
		for x := range q.Size {
			if q.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return code{Size: q.Size + 2*quiet, Path: path.String()}, nil
}
