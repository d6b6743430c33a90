package flash

import (
	"bytes"
	"io"
	"unsafe"
)

// Target is what an image is written to. Offsets and lengths given to it are
// multiples of [Block], and so are the addresses of the buffers.
type Target interface {
	io.ReaderAt // reads what the medium holds, not what the kernel remembers
	io.WriterAt
	Size() int64
	Sync() error
	Close() error

	// Zero fills a range with zeros faster than writing them would, or returns
	// false when the medium cannot.
	Zero(off, n int64) (bool, error)
	// Gone reports whether the medium is no longer there.
	Gone() bool
}

// Block is the unit of reading and writing: as large as any medium's sector.
const Block = 4096

// Chunk is how much is written at once.
const Chunk = 4 << 20

// aligned returns a buffer at an address that direct reads and writes take.
func aligned(n int) []byte {
	raw := make([]byte, n+Block)
	skip := int(-uintptr(unsafe.Pointer(&raw[0])) & (Block - 1))
	return raw[skip : skip+n : skip+n]
}

// roundUp is the next multiple of a block.
func roundUp(n int64) int64 { return (n + Block - 1) &^ (Block - 1) }

// zeros reports whether b holds nothing but zeros: the first byte is one, and
// each byte equals its neighbour.
func zeros(b []byte) bool {
	return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1])
}
