package update

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// errVerify says that what was brought, or what the disk gave back, is not what
// was signed.
var errVerify = errors.New("content is not what was signed")

// assembler makes files by a plan. It holds one chunk, or one patch with its
// source, in memory.
type assembler struct {
	plan plan
	old  map[string]io.ReaderAt
	haul io.ReaderAt
	z    *zstd.Decoder
	in   []byte
	out  []byte
}

func newAssembler(p plan, old map[string]io.ReaderAt, haul io.ReaderAt) (*assembler, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(release.MaxChunk))
	return &assembler{plan: p, old: old, haul: haul, z: z}, err
}

func (a *assembler) close() { a.z.Close() }

// write writes a file, each stretch once it has proved to be what was signed.
func (a *assembler) write(name string, w io.Writer) error {
	for _, o := range a.plan.files[name] {
		b, err := a.make(o)
		if err != nil {
			return fmt.Errorf("make %s: %w", name, err)
		}
		if err := o.check(b); err != nil {
			return fmt.Errorf("make %s: %w", name, err)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func (o op) check(b []byte) error {
	if int64(len(b)) != o.size {
		return errVerify
	}
	for _, c := range o.sums {
		if sha256.Sum256(b[:c.size]) != c.sum {
			return errVerify
		}
		b = b[c.size:]
	}
	return nil
}

// make returns the bytes of a stretch, good until the next one.
func (a *assembler) make(o op) (_ []byte, err error) {
	if o.kind == opCopy {
		return a.read(a.old[o.file], o.at, o.size)
	}
	if o.kind == opPatch {
		return a.patch(o)
	}
	packed, err := a.read(a.haul, o.haul, o.bytes)
	if err != nil {
		return nil, err
	}
	a.out, err = a.z.DecodeAll(packed, a.out[:0])
	return a.out, unpacked(err)
}

func unpacked(err error) error {
	if err != nil {
		return fmt.Errorf("%w: %w", errVerify, err)
	}
	return nil
}

// patch makes a stretch out of the old file's. Its memory is given back: there
// are a few dozen in a release.
func (a *assembler) patch(o op) ([]byte, error) {
	source := make([]byte, o.n)
	if _, err := io.ReadFull(io.NewSectionReader(a.old[o.file], o.at, o.n), source); err != nil {
		return nil, fmt.Errorf("read old file: %w", err)
	}
	frame, err := a.read(a.haul, o.haul, o.bytes)
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderDictRaw(0, source),
		zstd.WithDecoderMaxMemory(uint64(o.n+o.size)))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	b, err := z.DecodeAll(frame, make([]byte, 0, o.size))
	return b, unpacked(err)
}

func (a *assembler) read(from io.ReaderAt, at, n int64) ([]byte, error) {
	if from == nil {
		return nil, errVerify
	}
	if int64(cap(a.in)) < n {
		a.in = make([]byte, n)
	}
	b := a.in[:n]
	if got, err := from.ReadAt(b, at); int64(got) < n {
		return nil, fmt.Errorf("read: %w", err)
	}
	return b, nil
}
