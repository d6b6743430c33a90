package zim

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"
)

// The ways a cluster may be written.
const (
	stored   = 1
	packedXZ = 4
	packedZS = 5
	wide     = 0x10 // offsets of eight bytes
)

// maxWindow bounds how far back a packed cluster may point: a decoder holds so
// much. What makes ZIM files uses 8 MiB.
const maxWindow = 64 << 20

// maxBlobs bounds the blobs of one cluster.
const maxBlobs = 1 << 20

// cluster is blobs that were packed together.
type cluster struct {
	n       uint32
	offsets []int64
	r       io.ReaderAt // of the blobs, from the first byte of the offsets
}

// Content opens what an entry holds, and says how long it is. The reader is
// good until the next call.
func (z *File) Content(e Entry) (io.Reader, int64, error) {
	if e.Redirect {
		return nil, 0, fmt.Errorf("redirect: %w", ErrNotFound)
	}
	c, err := z.cluster(e.cluster)
	if err != nil {
		return nil, 0, fmt.Errorf("cluster: %w", err)
	}
	if int64(e.blob)+1 >= int64(len(c.offsets)) {
		return nil, 0, fmt.Errorf("blob: %w", ErrCut)
	}
	from, to := c.offsets[e.blob], c.offsets[e.blob+1]
	return io.NewSectionReader(c.r, from, to-from), to - from, nil
}

// cluster reads a cluster, or returns the one that was read last.
func (z *File) cluster(n uint32) (*cluster, error) {
	if z.kept != nil && z.kept.n == n {
		return z.kept, nil
	}
	if int64(n) >= int64(len(z.clusters)) {
		return nil, ErrCut
	}
	z.kept = nil
	from := z.clusters[n]
	i, _ := slices.BinarySearch(z.ends, from+1)
	info, err := z.at(from, 1)
	if err != nil {
		return nil, err
	}
	r, size, err := z.unpacked(info[0]&0xf, io.NewSectionReader(z.r, from+1, z.ends[i]-from-1))
	if err != nil {
		return nil, err
	}
	c := &cluster{n: n, r: r}
	if err := c.readOffsets(size, info[0]&wide != 0); err != nil {
		return nil, err
	}
	z.kept = c
	return c, nil
}

// unpacked is the bytes of a cluster, where they lie or decompressed.
func (z *File) unpacked(how byte, r *io.SectionReader) (io.ReaderAt, int64, error) {
	switch how {
	case 0, stored:
		return r, r.Size(), nil
	case packedXZ:
		return z.inflate(newXZ(r))
	case packedZS:
		dec, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(uint64(z.limits.Cluster)+maxWindow))
		if err != nil {
			return nil, 0, ErrFormat
		}
		defer dec.Close()
		return z.inflate(&oneFrame{Decoder: dec}, nil)
	}
	return nil, 0, ErrVersion
}

// inflate decompresses within the limits: a small file must not become a large
// one in memory, nor all of them together on the disk.
func (z *File) inflate(r io.Reader, err error) (io.ReaderAt, int64, error) {
	if err != nil {
		return nil, 0, err
	}
	var buf bytes.Buffer
	n, err := io.Copy(&buf, io.LimitReader(r, z.limits.Cluster+1))
	if n > z.limits.Cluster {
		return nil, 0, ErrTooLarge
	}
	if err != nil {
		return nil, 0, fmt.Errorf("decompress: %w", ErrFormat)
	}
	if z.grown += n; z.grown > 64<<20+z.limits.Ratio*z.size {
		return nil, 0, fmt.Errorf("all clusters: %w", ErrTooLarge)
	}
	return bytes.NewReader(buf.Bytes()), n, nil
}

// oneFrame ends where the first frame does: what follows a cluster is not its
// own, and need not be zstd.
type oneFrame struct {
	*zstd.Decoder
	begun bool
}

// Read implements [io.Reader].
func (f *oneFrame) Read(p []byte) (int, error) {
	n, err := f.Decoder.Read(p)
	f.begun = f.begun || n > 0
	if f.begun && errors.Is(err, zstd.ErrMagicMismatch) {
		err = io.EOF
	}
	return n, err
}

// newXZ opens the only block of an xz stream. The dictionary that the block
// asks for is bounded before it is made; the file's checksum stands for xz's.
func newXZ(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	head := make([]byte, 13)
	if _, err := io.ReadFull(in, head); err != nil || string(head[:6]) != "\xfd7zXZ\x00" || head[12] == 0 {
		return nil, fmt.Errorf("xz: %w", ErrFormat)
	}
	block := make([]byte, int(head[12])*4+3)
	if _, err := io.ReadFull(in, block); err != nil {
		return nil, fmt.Errorf("xz: %w", ErrFormat)
	}
	window, err := xzWindow(block)
	if err != nil {
		return nil, err
	}
	lr, err := lzma.Reader2Config{DictCap: window}.NewReader2(in)
	if err != nil {
		return nil, fmt.Errorf("xz: %w", ErrFormat)
	}
	return lr, nil
}

// xzWindow reads a block header behind its length: one filter, LZMA2.
func xzWindow(block []byte) (int, error) {
	flags, rest := block[0], block[1:]
	for _, bit := range []byte{0x40, 0x80} {
		if flags&bit != 0 {
			_, n := binary.Uvarint(rest)
			if n <= 0 {
				return 0, fmt.Errorf("xz: %w", ErrFormat)
			}
			rest = rest[n:]
		}
	}
	if flags&0x3f != 0 || len(rest) < 3 || rest[0] != 0x21 || rest[1] != 1 {
		return 0, fmt.Errorf("xz: %w", ErrVersion)
	}
	window, err := lzma.DecodeDictCap(rest[2])
	if err != nil || window > maxWindow {
		return 0, fmt.Errorf("xz: %w", ErrTooLarge)
	}
	return int(max(window, lzma.MinDictCap)), nil
}

// readOffsets reads where blobs begin. The first offset says how many there
// are; each is at or behind the one before and inside the cluster.
func (c *cluster) readOffsets(size int64, wide bool) error {
	width := int64(4)
	if wide {
		width = 8
	}
	first, err := c.numbers(0, 1, width)
	if err != nil {
		return err
	}
	if first[0] < width || first[0] > size || first[0]%width != 0 {
		return fmt.Errorf("blobs: %w", ErrCut)
	}
	if first[0]/width > maxBlobs {
		return fmt.Errorf("blobs: %w", ErrTooLarge)
	}
	if c.offsets, err = c.numbers(0, first[0]/width, width); err != nil {
		return err
	}
	if c.offsets[len(c.offsets)-1] > size {
		return fmt.Errorf("blobs: %w", ErrCut)
	}
	if !slices.IsSorted(c.offsets) {
		return fmt.Errorf("blobs: %w", ErrOverlap)
	}
	return nil
}

func (c *cluster) numbers(from, n, width int64) ([]int64, error) {
	raw := make([]byte, n*width)
	if _, err := io.ReadFull(io.NewSectionReader(c.r, from, n*width), raw); err != nil {
		return nil, fmt.Errorf("blobs: %w", ErrCut)
	}
	list := make([]int64, n)
	for i := range list {
		if list[i] = int64(binary.LittleEndian.Uint32(raw[int64(i)*width:])); width == 8 {
			list[i] = int64(binary.LittleEndian.Uint64(raw[i*8:]))
		}
		if list[i] < 0 {
			return nil, fmt.Errorf("blobs: %w", ErrCut)
		}
	}
	return list, nil
}
