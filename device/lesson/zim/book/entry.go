package book

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// Entry is one thing of a book.
type Entry struct {
	Path, Title, Type string
	Redirect          bool
	Packed            bool     // stored as one zstd frame
	Size, Stored      int64    // bytes of the content, and as it lies in the book
	Sum               [16]byte // first half of the content's sha256

	number uint32
	at     int64 // of the content; for a redirect, the number it leads to
}

const (
	recordSize = 64
	isRedirect = 1 << 0
	isPacked   = 1 << 1
	maxBucket  = 1 << 12 // entries that share the beginning of their hash
	maxPath    = 4 << 10
)

// key is where a path stands among the records.
func key(path string) uint64 {
	sum := sha256.Sum256([]byte(path))
	return binary.BigEndian.Uint64(sum[:])
}

// Find looks an entry up by its path.
func (b *Book) Find(path string) (Entry, error) {
	want := key(path)
	from, to, err := b.bucket(want)
	if err != nil {
		return Entry{}, err
	}
	raw, err := b.at(b.head.records+int64(from)*recordSize, int64(to-from)*recordSize)
	if err != nil {
		return Entry{}, err
	}
	for i := range to - from {
		rec := raw[i*recordSize:]
		if binary.LittleEndian.Uint64(rec) != want {
			continue
		}
		if e, err := b.parse(from+i, rec[:recordSize]); err != nil || e.Path == path {
			return e, err
		}
	}
	return Entry{}, ErrNotFound
}

// bucket is the records whose hash begins like this one.
func (b *Book) bucket(hash uint64) (from, to uint32, err error) {
	i := int64(hash >> (64 - b.head.bits))
	if b.head.bits == 0 {
		i = 0
	}
	raw, err := b.at(b.head.fan+4*i, 8)
	if err != nil {
		return 0, 0, err
	}
	from, to = binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[4:])
	if from > to || to > b.head.entries || to-from > maxBucket {
		return 0, 0, ErrFormat
	}
	return from, to, nil
}

func (b *Book) entry(n uint32) (Entry, error) {
	if n >= b.head.entries {
		return Entry{}, ErrNotFound
	}
	raw, err := b.at(b.head.records+int64(n)*recordSize, recordSize)
	if err != nil {
		return Entry{}, err
	}
	return b.parse(n, raw)
}

func (b *Book) parse(n uint32, raw []byte) (Entry, error) {
	le := binary.LittleEndian
	text, long, titled, typed := int64(le.Uint64(raw[8:])), int64(le.Uint16(raw[16:])), int64(le.Uint16(raw[18:])), int64(le.Uint16(raw[20:]))
	flags := le.Uint16(raw[22:])
	if text < 0 || text > b.head.order-b.head.names || long+titled+typed > b.head.order-b.head.names-text {
		return Entry{}, fmt.Errorf("names: %w", ErrFormat)
	}
	words, err := b.at(b.head.names+text, long+titled+typed)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{
		Path: string(words[:long]), Title: string(words[long : long+titled]), Type: string(words[long+titled:]),
		Redirect: flags&isRedirect != 0, Packed: flags&isPacked != 0,
		at: int64(le.Uint64(raw[24:])), Stored: int64(le.Uint64(raw[32:])), Size: int64(le.Uint64(raw[40:])), number: n,
	}
	copy(e.Sum[:], raw[48:])
	return e, e.check(b)
}

func (e Entry) check(b *Book) error {
	switch {
	case e.Redirect && (e.at < 0 || e.at >= int64(b.head.entries)):
		return fmt.Errorf("redirect: %w", ErrFormat)
	case e.Redirect:
		return nil
	case e.at < headSize || e.Stored < 0 || e.Size < 0 || e.at > b.head.records || e.Stored > b.head.records-e.at:
		return fmt.Errorf("content: %w", ErrFormat)
	case e.Packed && e.Size > maxPacked || !e.Packed && e.Size != e.Stored:
		return fmt.Errorf("content: %w", ErrFormat)
	}
	return nil
}

// Target is the entry that a redirect leads to; it is no redirect itself.
func (b *Book) Target(e Entry) (Entry, error) {
	if !e.Redirect {
		return e, nil
	}
	to, err := b.entry(uint32(e.at))
	if err == nil && to.Redirect {
		err = ErrFormat
	}
	return to, err
}

// Main is the page to begin with.
func (b *Book) Main() (Entry, error) {
	if b.head.main == none {
		return b.Page(0)
	}
	return b.entry(b.head.main)
}

// Page is the i-th page in the order of titles.
func (b *Book) Page(i int) (Entry, error) {
	if i < 0 || i >= b.Pages() {
		return Entry{}, ErrNotFound
	}
	raw, err := b.at(b.head.order+4*int64(i), 4)
	if err != nil {
		return Entry{}, err
	}
	return b.entry(binary.LittleEndian.Uint32(raw))
}

// Raw is the content as it lies in the book: a zstd frame when the entry is
// packed.
func (b *Book) Raw(e Entry) *io.SectionReader { return io.NewSectionReader(b.r, e.at, e.Stored) }

// AppendRaw appends what Raw reads.
func (b *Book) AppendRaw(to []byte, e Entry) ([]byte, error) {
	began := len(to)
	to = slices.Grow(to, int(e.Stored))[:began+int(e.Stored)]
	if _, err := b.r.ReadAt(to[began:], e.at); err != nil && !errors.Is(err, io.EOF) {
		return to[:began], fmt.Errorf("read book: %w", err)
	}
	return to, nil
}

// Content is the content of an entry as it was imported. Nothing is read of a
// content that is not packed.
func (b *Book) Content(e Entry) (io.ReadSeeker, error) {
	if !e.Packed {
		return b.Raw(e), nil
	}
	plain, err := b.AppendContent(make([]byte, 0, e.Size), e)
	return bytes.NewReader(plain), err
}

// AppendContent appends the content of an entry as it was imported.
func (b *Book) AppendContent(to []byte, e Entry) ([]byte, error) {
	if !e.Packed {
		return b.AppendRaw(to, e)
	}
	u, err := b.unpacker()
	if err != nil {
		return to, err
	}
	defer b.unpackers.Put(u)
	if u.frame, err = b.AppendRaw(u.frame[:0], e); err != nil {
		return to, err
	}
	plain, err := u.dec.DecodeAll(u.frame, slices.Grow(to, int(e.Size)))
	if err != nil || int64(len(plain)-len(to)) != e.Size {
		return to, fmt.Errorf("unpack: %w", ErrDamaged)
	}
	return plain, nil
}

// unpacker is a decoder and the frame it reads.
type unpacker struct {
	dec   *zstd.Decoder
	frame []byte
}

// unpacker returns one that is not in use: making one costs more than most pages.
func (b *Book) unpacker() (*unpacker, error) {
	if u, ok := b.unpackers.Get().(*unpacker); ok {
		return u, nil
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxPacked))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return &unpacker{dec: dec}, nil
}
