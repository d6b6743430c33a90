package scan

import (
	"image"
	"slices"

	"github.com/liyue201/goqr"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// binarizer decides which pixels are black.
type binarizer func(gozxing.LuminanceSource) gozxing.Binarizer

func local(s gozxing.LuminanceSource) gozxing.Binarizer { return gozxing.NewHybridBinarizer(s) }
func global(s gozxing.LuminanceSource) gozxing.Binarizer {
	return gozxing.NewGlobalHistgramBinarizer(s)
}

// zxing reads one QR code.
func zxing(g *image.Gray, b binarizer, harder bool) []string {
	bitmap, err := gozxing.NewBinaryBitmap(b(gozxing.NewLuminanceSourceFromImage(g)))
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]any{}
	if harder {
		hints[gozxing.DecodeHintType_TRY_HARDER] = true
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		return nil
	}
	return []string{result.GetText()}
}

// longDigits is the least length for which quirc is believed.
const longDigits = 40

// quirc reads the long numeric QR codes of the picture, such as passes.
//
// The library writes each group of three digits backwards, and says nothing
// of where segments begin. In a long number there is one segment and the
// groups are known; of any other code a false reading could be made, so those
// are left to the other decoder.
func quirc(g *image.Gray) []string {
	symbols, err := goqr.Recognize(g)
	if err != nil {
		return nil
	}
	var texts []string
	for _, s := range symbols {
		if s.DataType == numeric && len(s.Payload) >= longDigits {
			texts = append(texts, unmirror(s.Payload))
		}
	}
	return texts
}

// numeric is the mode indicator of digits in ISO/IEC 18004.
const numeric = 1

func unmirror(digits []byte) string {
	for group := range slices.Chunk(digits, 3) {
		slices.Reverse(group)
	}
	return string(digits)
}
