package scan

import (
	"context"
	"image"
	"slices"

	"github.com/mallette-kit/mallette/hardware/reader"
)

// worth is the longest side at which a frame is first looked at: a pass held
// to a camera is larger than what is lost.
const worth = 1400

// Symbol is a code read from a frame.
type Symbol struct {
	Text   string
	Linear bool // bars, which are easier to misread than a QR code
}

// Decode returns the codes of a frame, or none. It tries ever harder, the
// cheap attempts first, until one succeeds or ctx is done; a decoder that
// panics has found nothing. Of several passes in the
// frame it returns all that one attempt shows, of other codes one.
func Decode(ctx context.Context, frame *image.Gray) []Symbol {
	if frame.Rect.Empty() || frame.Rect.Dx()*frame.Rect.Dy() > reader.MaxPixels {
		return nil
	}
	for _, g := range sizes(frame) {
		for _, try := range attempts() {
			if ctx.Err() != nil {
				return nil
			}
			if texts := safely(try.read, g); len(texts) > 0 {
				return symbols(append(texts, others(g, texts)...), try.linear)
			}
		}
	}
	return nil
}

// sizes returns the frame, before it smaller ones when it is large.
func sizes(frame *image.Gray) []*image.Gray {
	all := []*image.Gray{frame}
	for g := frame; max(g.Rect.Dx(), g.Rect.Dy()) > worth; {
		g = halve(g)
		all = append(all, g)
	}
	slices.Reverse(all)
	return all
}

// attempt is one way to read a picture.
type attempt struct {
	read   func(*image.Gray) []string
	linear bool
}

// attempts lists the ways in the order that was found best on scantest.Harsh:
// the first two take a tenth of the time and read four frames of five.
func attempts() []attempt {
	return []attempt{
		{read: func(g *image.Gray) []string { return zxing(halve(g), local, true) }},
		{read: func(g *image.Gray) []string { return quirc(halve(g)) }},
		{read: func(g *image.Gray) []string { return zxing(g, local, true) }},
		{read: func(g *image.Gray) []string { return quirc(stretch(soften(g, 1))) }},
		{read: func(g *image.Gray) []string { return zxing(stretch(soften(g, 1)), local, true) }},
		{read: func(g *image.Gray) []string { return zxing(g, global, true) }},
		{read: func(g *image.Gray) []string { return quirc(stretch(soften(g, 2))) }},
		{read: quirc},
		{read: code128, linear: true},
		{read: func(g *image.Gray) []string { return code128(stretch(soften(g, 1))) }, linear: true},
		{read: func(g *image.Gray) []string { return quirc(double(soften(g, 1))) }},
	}
}

// others looks for further passes beside those found.
func others(g *image.Gray, found []string) []string {
	if len(found[0]) < longDigits {
		return nil
	}
	return safely(quirc, g)
}

// safely turns a panic of a decoder into nothing found. The panic's text is
// dropped: it may hold what was being read.
func safely(read func(*image.Gray) []string, g *image.Gray) (texts []string) {
	defer func() {
		if recover() != nil {
			texts = nil
		}
	}()
	return slices.DeleteFunc(read(g), func(s string) bool { return !reader.Printable(s) })
}

// symbols keeps one of each text.
func symbols(texts []string, linear bool) []Symbol {
	var all []Symbol
	for _, t := range texts {
		if s := (Symbol{Text: t, Linear: linear}); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
