// Package book is how a station keeps and reads a collection of pages: one
// file, made from a ZIM by [Import], in which each page and picture is a zstd
// frame of its own.
//
// A browser that reads zstd is sent the frame as it lies on the disk; nothing
// is unpacked, and looking a page up is two short reads. Nothing of a book is
// held in memory but its description, so that a station of 1 GB can hold
// encyclopaedias. README.md of the folder above says what every byte is.
//
//	b, err := book.Open("/perm/kit/library/4f….book")
//	…
//	defer b.Close()
//	e, err := b.Find("text/aide.html")
//
// A book is somebody else's work: its bytes are given back as they came, and
// the server that shows them says what they may do (nothing). The package asks
// no network, and writes only where [Import] is told to.
package book

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/device/lesson/search"
)

// Ext ends the name of a book; before it stands the sha256 of the file.
const Ext = ".book"

var (
	// ErrFormat says that a file is not a book, or one that lies about itself.
	ErrFormat = errors.New("not a sound book")
	// ErrNotFound says that a book has no such entry.
	ErrNotFound = errors.New("no such entry in the book")
	// ErrDamaged says that a book is not what its name says.
	ErrDamaged = errors.New("book is not what its name says")
)

// Meta is what a book says of itself.
type Meta struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Language    string `json:"language,omitempty"` // BCP 47, the first one
	Creator     string `json:"creator,omitempty"`
	Publisher   string `json:"publisher,omitempty"`
	Licence     string `json:"licence,omitempty"` // in its maker's words
	Date        string `json:"date,omitempty"`
	Source      string `json:"source,omitempty"`
}

const (
	magic    = "KITBOOK\x00"
	version  = 1
	headSize = 128
	none     = 0xffffffff // no main page
	maxMeta  = 64 << 10
)

// head is the first bytes of a book.
type head struct {
	entries, pages, bits uint32
	main                 uint32
	records, fan, names  int64
	order, words, meta   int64
}

// Book is an open book. It does not change and is safe for concurrent use.
type Book struct {
	ID     string // name of its file without the end
	Meta   Meta
	Signed bool // it is the fleet's, as its [Shelf] says

	r    io.ReaderAt
	size int64
	head head
	word *search.File
	file io.Closer

	unpackers sync.Pool // *unpacker
}

// Open opens a book. The caller closes it.
func Open(name string) (*Book, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrFormat
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b, err := New(f, info.Size())
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b.ID, b.file = strings.TrimSuffix(filepath.Base(name), Ext), f
	return b, nil
}

// New reads a book of that size from r.
func New(r io.ReaderAt, size int64) (*Book, error) {
	b := &Book{r: r, size: size}
	for _, step := range []func() error{b.readHead, b.readMeta, b.readWords} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Close closes the file that [Open] opened.
func (b *Book) Close() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}

// Pages is how many pages people can read.
func (b *Book) Pages() int { return int(b.head.pages) }

// Size is the length of the file.
func (b *Book) Size() int64 { return b.size }

// Len is how many entries the book has, pictures and other names included.
func (b *Book) Len() int { return int(b.head.entries) }

func (b *Book) readHead() error {
	raw, err := b.at(0, headSize)
	if err != nil {
		return err
	}
	if string(raw[:8]) != magic || binary.LittleEndian.Uint32(raw[8:]) != version {
		return ErrFormat
	}
	b.head = parseHead(raw)
	return b.head.check(b.size)
}

func parseHead(raw []byte) head {
	le := binary.LittleEndian
	place := func(i int) int64 { return int64(le.Uint64(raw[i:])) }
	return head{
		entries: le.Uint32(raw[12:]), pages: le.Uint32(raw[16:]), bits: le.Uint32(raw[20:]), main: le.Uint32(raw[24:]),
		records: place(32), fan: place(40), names: place(48), order: place(56), words: place(64), meta: place(72),
	}
}

// check holds the parts to their order and their lengths.
func (h head) check(size int64) error {
	if h.bits > 24 || h.records < headSize || h.meta < 0 || h.meta > size || size-h.meta > maxMeta {
		return ErrFormat
	}
	for _, part := range [][3]int64{
		{h.records, int64(h.entries) * recordSize, h.fan}, {h.fan, 4 * (1<<h.bits + 1), h.names},
		{h.names, 0, h.order}, {h.order, 8 * int64(h.pages), h.words}, {h.words, 0, h.meta},
	} {
		if part[2] > size || part[2] < part[0] || part[2]-part[0] < part[1] {
			return ErrFormat
		}
	}
	return nil
}

func (b *Book) readMeta() error {
	raw, err := b.at(b.head.meta, b.size-b.head.meta)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &b.Meta); err != nil {
		return fmt.Errorf("description: %w", ErrFormat)
	}
	return nil
}

func (b *Book) readWords() (err error) {
	length := b.head.meta - b.head.words
	b.word, err = search.OpenFile(io.NewSectionReader(b.r, b.head.words, length), length)
	if err != nil {
		return fmt.Errorf("words: %w", errors.Join(ErrFormat, err))
	}
	return nil
}

func (b *Book) at(offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || offset > b.size || n > b.size-offset {
		return nil, ErrFormat
	}
	raw := make([]byte, n)
	if _, err := b.r.ReadAt(raw, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read book: %w", err)
	}
	return raw, nil
}
