// Package zim reads openZIM files: encyclopaedias, manuals and collections of
// pages that somebody packed for places without a network.
//
// A ZIM comes from a stick or a download and is read as hostile: every offset
// is inside the file, every list is bounded, nothing is decompressed beyond
// [Limits], and an error says of what kind the damage is without quoting any of it.
//
//	f, err := zim.Open("aide.zim", zim.Limits{})
//	…
//	defer f.Close()
//	err = f.Verify(ctx)
//	entries, err := f.Entries(ctx)
//	err = f.Walk(ctx, entries, func(e zim.Entry, content io.Reader, size int64) error { … })
//
// It reads the old namespaces (A, I, -, M) and the new ones (C, M, W), and
// clusters that are stored, xz or zstd. It never writes, never runs what a
// page holds, and reads no full-text index: a station makes its own
// (package book).
package zim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Why a file is refused. Errors wrap one of these.
var (
	// ErrFormat says that the file is not a ZIM, or one that lies about itself.
	ErrFormat = errors.New("not a sound zim file")
	// ErrVersion says that the file is in a form this package does not read.
	ErrVersion = errors.New("form of zim not known")
	// ErrCut says that the file ends before what it announces.
	ErrCut = errors.New("zim file is cut short")
	// ErrDamaged says that the content is not what was signed off by its checksum.
	ErrDamaged = errors.New("zim file is damaged")
	// ErrOverlap says that parts of the file lie over one another.
	ErrOverlap = errors.New("parts of the zim file overlap")
	// ErrTooLarge says that something is over the limits.
	ErrTooLarge = errors.New("over the limits of a zim file")
	// ErrCycle says that an entry leads to itself.
	ErrCycle = errors.New("entries lead in a circle")
	// ErrPath says that the name of an entry cannot be an address.
	ErrPath = errors.New("name of an entry cannot be an address")
	// ErrNotFound says that there is no such entry.
	ErrNotFound = errors.New("no such entry")
)

// Limits bounds what reading a file may cost. A zero field has its default.
type Limits struct {
	Entries int   // 4,000,000
	Cluster int64 // bytes of one cluster once decompressed; 256 MiB
	Ratio   int64 // how much all clusters together may grow beyond 64 MiB; 60 times
}

func (l Limits) withDefaults() Limits {
	if l.Entries == 0 {
		l.Entries = 4_000_000
	}
	if l.Cluster == 0 {
		l.Cluster = 256 << 20
	}
	if l.Ratio == 0 {
		l.Ratio = 60
	}
	return l
}

// File is an open ZIM. It is not safe for concurrent use.
type File struct {
	r        io.ReaderAt
	size     int64
	close    func() error
	limits   Limits
	head     header
	types    []string
	clusters []int64 // where each begins
	ends     []int64 // where something else begins, sorted
	grown    int64   // bytes decompressed so far
	kept     *cluster
}

// Open opens a plain file and reads its lists. The caller closes it.
func Open(name string, limits Limits) (*File, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("not a plain file: %w", ErrFormat)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	z, err := New(f, info.Size(), limits)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	z.close = f.Close
	return z, nil
}

// New reads the lists of a ZIM of that size from r.
func New(r io.ReaderAt, size int64, limits Limits) (*File, error) {
	z := &File{r: r, size: size, limits: limits.withDefaults(), close: func() error { return nil }}
	for _, step := range []func() error{z.readHeader, z.readTypes, z.readClusters} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return z, nil
}

// Close closes the file that [Open] opened.
func (z *File) Close() error { return z.close() }

// Len is how many entries the file has, of all namespaces.
func (z *File) Len() int { return int(z.head.entries) }

// Size is the length of the file.
func (z *File) Size() int64 { return z.size }

// ID is the number its maker drew for the file.
func (z *File) ID() [16]byte { return z.head.uuid }

// at reads n bytes at an offset that the file itself gave.
func (z *File) at(offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || offset > z.size || n > z.size-offset {
		return nil, ErrCut
	}
	raw := make([]byte, n)
	if _, err := z.r.ReadAt(raw, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read zim: %w", err)
	}
	return raw, nil
}

// pointer reads the i-th number of a list of offsets.
func (z *File) pointer(list int64, i int) (int64, error) {
	raw, err := z.at(list+8*int64(i), 8)
	if err != nil {
		return 0, err
	}
	return z.offset(binary.LittleEndian.Uint64(raw))
}

// offset holds a number to the part of the file that its checksum covers.
func (z *File) offset(n uint64) (int64, error) {
	if n < headerSize || n >= uint64(z.head.checksum) {
		return 0, fmt.Errorf("offset: %w", ErrCut)
	}
	return int64(n), nil
}
