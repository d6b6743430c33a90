package scan

import (
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
)

// shortest is the length under which bars are taken for stripes of something
// else: Code 128 has one check symbol of 103 values and no more.
const shortest = 6

// code128 reads one Code 128, lying or standing.
func code128(g *image.Gray) []string {
	bitmap, err := gozxing.NewBinaryBitmap(local(gozxing.NewLuminanceSourceFromImage(g)))
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	result, err := oned.NewCode128Reader().Decode(bitmap, hints)
	if err != nil || len(result.GetText()) < shortest {
		return nil
	}
	return []string{result.GetText()}
}
