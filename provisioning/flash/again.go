package flash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// Range is a part of a disk that a station changes by itself, or that flashing
// made its own.
type Range struct{ Off, Len int64 }

// Compare reads a disk and holds it against the image, except for the ranges
// that may differ. Nothing is written.
func Compare(ctx context.Context, image Source, target Target, except []Range, tell func(Progress)) error {
	if target.Size() < image.Bytes() {
		return fail(KindSmall, nil)
	}
	r, err := image.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	disk := patient{target, ctx}
	want, got := aligned(Chunk), aligned(Chunk)
	for off := int64(0); ; off += Chunk {
		err := r.Next(want)
		if errors.Is(err, io.EOF) {
			return r.End()
		}
		if err != nil {
			return err
		}
		n := min(Chunk, roundUp(image.Bytes()-off))
		if err := disk.read(got[:n], off); err != nil {
			return err
		}
		blank(want[:n], off, except)
		blank(got[:n], off, except)
		if !bytes.Equal(want[:n], got[:n]) {
			return fail(KindDiffers, fmt.Errorf("behind byte %d", off))
		}
		tell(Progress{PhaseCheck, off + n, image.Bytes()})
	}
}

// blank zeroes what of b, which lies at off, is in one of the ranges.
func blank(b []byte, off int64, except []Range) {
	for _, x := range except {
		from, to := max(x.Off-off, 0), min(x.Off+x.Len-off, int64(len(b)))
		if from < to {
			clear(b[from:to])
		}
	}
}

// Unfinished reports whether the disk was begun by [Write] or [Wipe] and not
// written to its end.
func Unfinished(target Target) (bool, error) {
	b := aligned(Block)
	if _, err := target.ReadAt(b, 0); err != nil {
		return false, fmt.Errorf("read first block: %w", err)
	}
	return Recognise(b).Format == FormatBegun, nil
}
