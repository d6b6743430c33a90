// Package reader is what every device that can be shown a pass has in common,
// be it a camera, a hand scanner or a simulation of one: it is a [Source] of
// captures.
//
// The implementations are in evdev, v4l2 and ../sim; readertest is the suite
// they all pass. A source does not decode pictures, decides nothing, keeps
// nothing, and treats a device that is absent or pulled out as ordinary.
package reader

import (
	"context"
	"image"
	"time"
)

// Source is a place where codes are shown.
//
// Run calls emit with whatever is shown, one capture at a time, until ctx is
// done; it then returns nil and leaves no goroutine or descriptor behind. No
// device, a device pulled out and a device that misbehaves are waited for. An
// error means that waiting is of no use. While emit is busy a camera skips
// frames; a scanner skips nothing. Run may be called again after it returned.
type Source interface {
	// Name says in a word what it is, for logs and screens.
	Name() string
	Run(ctx context.Context, emit func(Capture)) error
}

// Capture is one thing a device saw: a frame, or a text that the device has
// read by itself. It belongs to the receiver and is never written to again.
type Capture struct {
	Frame *image.Gray // nil when the device gave a text
	Text  string      // printable ASCII, 1 to MaxText bytes, or empty
	At    time.Time
}

// MaxText bounds the text of a capture; longer ones are dropped by sources.
// The longest code of ours has 186 digits.
const MaxText = 512

// MaxPixels bounds a frame: sources show nothing larger.
const MaxPixels = 4 << 20

// Printable reports whether text may be in a capture.
func Printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return text != "" && len(text) <= MaxText
}
