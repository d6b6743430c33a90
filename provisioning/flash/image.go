package flash

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// Source is the bytes of a disk that is to be written, read as often as asked.
type Source interface {
	// Bytes is how many there are.
	Bytes() int64
	// Open begins a pass over them.
	Open() (Pass, error)
}

// Pass is one reading of a [Source] from its first byte to its last.
type Pass interface {
	// Next fills b with what comes next, and the rest of b with zeros. It
	// returns io.EOF after the last byte.
	Next(b []byte) error
	// End says after the last byte whether all of it was right.
	End() error
	Close() error
}

// Image is a file to be written: the bytes of a disk, compressed with zstd or
// not. It is safe for concurrent use.
type Image struct {
	Path string
	Size int64 // of the disk, uncompressed
	sum  [sha256.Size]byte
	zstd bool
}

// What decompressing may take: enough for a window of 128 MiB, which is what
// `zstd --long` makes, and no more, whatever the file says.
const (
	maxWindow  = 128 << 20
	maxMemory  = 256 << 20
	maxImage   = 1 << 40
	magicFrame = "\x28\xb5\x2f\xfd"
)

// OpenImage reads the file once, holds it against the sum that was published
// for it and finds out its size. The file is neither kept open nor in memory.
func OpenImage(path string, published [sha256.Size]byte) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open image: %w", err)
	}
	defer f.Close()
	i := &Image{Path: path, sum: published}
	if i.Size, i.zstd, err = measure(f); err != nil {
		return nil, err
	}
	if i.Size <= 0 || i.Size > maxImage {
		return nil, fail(KindForeign, errors.New("no disk is that large"))
	}
	return i, i.verify()
}

// verify reads the whole file.
func (i *Image) verify() error {
	sum, err := SumOf(i.Path)
	if err != nil {
		return err
	}
	if sum != i.sum {
		return fail(KindDamaged, errNotPublished)
	}
	return nil
}

var errNotPublished = errors.New("not the published file")

// measure returns how large the disk is: written in the heading of a zstd
// file, or else counted.
func measure(f *os.File) (size int64, compressed bool, err error) {
	head := make([]byte, zstd.HeaderMaxSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, false, fail(KindDamaged, err)
	}
	if !bytes.HasPrefix(head[:n], []byte(magicFrame)) {
		st, err := f.Stat()
		if err != nil {
			return 0, false, fmt.Errorf("measure image: %w", err)
		}
		return st.Size(), false, nil
	}
	var h zstd.Header
	if err := h.Decode(head[:n]); err != nil {
		return 0, true, fail(KindDamaged, err)
	}
	if h.HasFCS {
		return int64(h.FrameContentSize), true, nil
	}
	size, err = count(f)
	return size, true, err
}

func count(f *os.File) (int64, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, fmt.Errorf("measure image: %w", err)
	}
	d, err := decoder(f)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	n, err := io.Copy(io.Discard, io.LimitReader(d, maxImage+1))
	if err != nil {
		return 0, fail(KindDamaged, err)
	}
	return n, nil
}

func decoder(r io.Reader) (*zstd.Decoder, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxMemory), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, fmt.Errorf("open zstd: %w", err)
	}
	return d, nil
}

// reading is one pass over an image.
type reading struct {
	image *Image
	file  *os.File
	sum   hash.Hash
	plain io.Reader // the disk's bytes
	zstd  *zstd.Decoder
	left  int64
}

// Bytes implements [Source].
func (i *Image) Bytes() int64 { return i.Size }

// Open implements [Source].
func (i *Image) Open() (Pass, error) {
	f, err := os.Open(i.Path)
	if err != nil {
		return nil, fmt.Errorf("open image: %w", err)
	}
	r := &reading{image: i, file: f, sum: sha256.New(), left: i.Size}
	r.plain = bufio.NewReaderSize(io.TeeReader(f, r.sum), 1<<20)
	if !i.zstd {
		return r, nil
	}
	if r.zstd, err = decoder(r.plain); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.plain = r.zstd
	return r, nil
}

// Next implements [Pass].
func (r *reading) Next(b []byte) error {
	if r.left == 0 {
		return io.EOF
	}
	n := min(int64(len(b)), r.left)
	if _, err := io.ReadFull(r.plain, b[:n]); err != nil {
		return fail(KindDamaged, err)
	}
	clear(b[n:])
	r.left -= n
	return nil
}

// End implements [Pass]: nothing is behind the last byte, and the file is held
// against its sum once more, because it may have changed since it was opened.
func (r *reading) End() error {
	if n, err := io.Copy(io.Discard, r.plain); err != nil || n > 0 {
		return fail(KindDamaged, err)
	}
	if [sha256.Size]byte(r.sum.Sum(nil)) != r.image.sum {
		return fail(KindDamaged, errNotPublished)
	}
	return nil
}

// Close implements [Pass].
func (r *reading) Close() error {
	if r.zstd != nil {
		r.zstd.Close()
	}
	return r.file.Close()
}

// Name is the file's name, by which published sums know it.
func (i *Image) Name() string { return filepath.Base(i.Path) }
