package scan

import (
	"context"
	"errors"

	"github.com/mallette-kit/mallette/hardware/reader/picture"
)

// ErrNoCode is a picture in which no code was read.
var ErrNoCode = errors.New("no code in the picture")

// File returns the codes in a PNG or JPEG file, at least one, or ErrNoCode,
// or an error of the picture (picture.ErrFormat, picture.ErrLarge, or one of
// package os), or of ctx. No error holds the file's name or a code.
func File(ctx context.Context, path string) ([]string, error) {
	frame, err := picture.Open(path)
	if err != nil {
		return nil, err
	}
	found := Decode(ctx, frame)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNoCode
	}
	texts := make([]string, len(found))
	for i, s := range found {
		texts[i] = s.Text
	}
	return texts, nil
}
