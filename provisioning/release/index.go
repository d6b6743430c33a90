package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Limits of an index.
const (
	MaxIndex = 4 << 20   // bytes
	MaxChunk = 256 << 10 // bytes of content
	// MaxPatched is the most content that one patch makes, and MaxSource the
	// most of the old content that it is made from: what bounds memory.
	MaxPatched = 16 << 20
	MaxSource  = 16 << 20

	maxContents = 4
	maxChunks   = 96 << 10
)

// Sum is a SHA-256.
type Sum [sha256.Size]byte

// Chunk is a stretch of a file, and where the pack has it, compressed by zstd.
type Chunk struct {
	Sum    Sum
	Size   int64
	At     int64 // in the pack
	Packed int64 // bytes there
}

// Content is a file as chunks, in order.
type Content struct {
	Name   string
	Chunks []Chunk
}

// Size returns the bytes of the file.
func (c Content) Size() (n int64) {
	for _, chunk := range c.Chunks {
		n += chunk.Size
	}
	return n
}

// Index lists the chunks of some files. The pack has each chunk once, in the
// order in which the index first names it.
type Index []Content

// Find returns a file by its name; one that is not there has no chunks.
func (x Index) Find(name string) Content {
	for _, c := range x {
		if c.Name == name {
			return c
		}
	}
	return Content{Name: name}
}

const (
	indexMagic   = "mallette index 1\n"
	patchesMagic = "mallette patches 1\n"
)

// Encode returns the form that travels. At is not in it: it follows from the
// order.
func (x Index) Encode() []byte {
	b := binary.AppendUvarint([]byte(indexMagic), uint64(len(x)))
	seen := map[Sum]bool{}
	for _, c := range x {
		b = appendText(b, c.Name)
		b = binary.AppendUvarint(b, uint64(len(c.Chunks)))
		for _, chunk := range c.Chunks {
			b = append(b, chunk.Sum[:]...)
			if seen[chunk.Sum] {
				b = append(b, 0) // as before
				continue
			}
			seen[chunk.Sum] = true
			b = binary.AppendUvarint(b, uint64(chunk.Size))
			b = binary.AppendUvarint(b, uint64(chunk.Packed))
		}
	}
	return b
}

// ParseIndex reads what [Index.Encode] wrote; what cannot be an index is
// [ErrUntrusted].
func ParseIndex(b []byte) (Index, error) {
	r := scanner{rest: b}
	r.magic(indexMagic)
	x := make(Index, r.count(maxContents))
	at, seen := int64(0), map[Sum]Chunk{}
	for i := range x {
		x[i] = Content{Name: r.text(), Chunks: make([]Chunk, 0, min(r.count(maxChunks), len(r.rest)/sha256.Size))}
		for range r.last {
			c := r.chunk(seen, at)
			if c.At == at {
				at += c.Packed
			}
			x[i].Chunks = append(x[i].Chunks, c)
		}
	}
	if r.bad || len(r.rest) > 0 || at > MaxBlob {
		return nil, fmt.Errorf("index: %w", ErrUntrusted)
	}
	return x, nil
}

func (r *scanner) chunk(seen map[Sum]Chunk, at int64) Chunk {
	if r.bad || len(r.rest) < sha256.Size {
		r.bad, r.last = true, 0
		return Chunk{}
	}
	sum := Sum(r.rest[:sha256.Size])
	r.rest = r.rest[sha256.Size:]
	size := int64(r.number(MaxChunk))
	if size == 0 {
		c, ok := seen[sum]
		r.bad = r.bad || !ok
		return c
	}
	c := Chunk{Sum: sum, Size: size, At: at, Packed: int64(r.number(2 * MaxChunk))}
	_, again := seen[sum]
	r.bad = r.bad || again || c.Packed == 0
	seen[sum] = c
	return c
}

// Patch makes a stretch of a new file from one of the old file of that name: a
// zstd frame with the old stretch as its dictionary.
type Patch struct {
	Name     string
	At, Size int64 // in the new file: whole chunks
	Old      int64 // in the old file
	Source   int64 // bytes of it
	Frame    int64 // in the frames
	Packed   int64 // bytes there
}

// Patches lists patches between two versions of some files, by name and place.
// The frames follow each other in that order.
type Patches []Patch

// Encode returns the form that travels.
func (p Patches) Encode() []byte {
	b := binary.AppendUvarint([]byte(patchesMagic), uint64(len(p)))
	for _, one := range p {
		b = appendText(b, one.Name)
		for _, n := range []int64{one.At, one.Size, one.Old, one.Source, one.Packed} {
			b = binary.AppendUvarint(b, uint64(n))
		}
	}
	return b
}

// ParsePatches reads what [Patches.Encode] wrote; what cannot be patches is
// [ErrUntrusted].
func ParsePatches(b []byte) (Patches, error) {
	r := scanner{rest: b}
	r.magic(patchesMagic)
	var list Patches
	at := int64(0)
	for range r.count(maxChunks) {
		p := Patch{Name: r.text(), At: int64(r.number(MaxBlob)), Size: int64(r.number(MaxPatched)),
			Old: int64(r.number(MaxBlob)), Source: int64(r.number(MaxSource)), Frame: at, Packed: int64(r.number(2 * MaxPatched))}
		r.bad = r.bad || p.Size == 0 || p.Packed == 0
		if r.bad {
			break
		}
		at += p.Packed
		list = append(list, p)
	}
	if r.bad || len(r.rest) > 0 || at > MaxBlob {
		return nil, fmt.Errorf("patches: %w", ErrUntrusted)
	}
	return list, nil
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// scanner takes values from the front and remembers whether one was wrong.
type scanner struct {
	rest []byte
	last int // what count returned
	bad  bool
}

func (r *scanner) magic(text string) {
	rest, ok := bytes.CutPrefix(r.rest, []byte(text))
	r.rest, r.bad = rest, !ok
}

func (r *scanner) number(most uint64) uint64 {
	n, used := binary.Uvarint(r.rest)
	if r.bad || used <= 0 || n > most {
		r.bad = true
		return 0
	}
	r.rest = r.rest[used:]
	return n
}

func (r *scanner) count(most uint64) int {
	r.last = int(r.number(most))
	return r.last
}

func (r *scanner) text() string {
	n := int(r.number(32))
	if n > len(r.rest) {
		r.bad = true
	}
	if r.bad {
		return ""
	}
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	return text
}
