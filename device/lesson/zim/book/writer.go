package book

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/device/lesson/search"
	"github.com/mallette-kit/mallette/device/lesson/word"
)

const (
	maxPacked = 8 << 20 // larger contents stay as they are: a browser refuses a wider frame
	worth     = 32      // a frame is kept when it saves one part in so many
)

// writer makes a book: contents as they come, then everything that leads to
// them. The same entries in the same order give the same bytes.
type writer struct {
	file    *os.File
	out     *bufio.Writer
	at      int64
	zip     *zstd.Encoder
	entries []Entry
	to      map[string]string // path of a redirect → path it leads to
	known   map[[32]byte]Entry
	words   search.Builder
	pages   []string // paths, as their words were added
}

func newWriter(file *os.File) (*writer, error) {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(maxPacked))
	if err != nil {
		return nil, fmt.Errorf("make book: %w", err)
	}
	w := &writer{file: file, out: bufio.NewWriterSize(file, 1<<20), zip: zip, to: map[string]string{}, known: map[[32]byte]Entry{}}
	return w, w.write(make([]byte, headSize))
}

func (w *writer) write(p []byte) error {
	n, err := w.out.Write(p)
	w.at += int64(n)
	if err != nil {
		return fmt.Errorf("write book: %w", err)
	}
	return nil
}

// add stores a content; one that is there already is not stored again. It
// returns the content when it is short enough to have been packed.
func (w *writer) add(e Entry, content io.Reader, size int64) ([]byte, error) {
	e.at, e.Size, e.Stored = w.at, size, size
	if size > maxPacked {
		sum := sha256.New()
		n, err := io.Copy(w.out, io.TeeReader(content, sum))
		w.at += n
		if err != nil {
			return nil, fmt.Errorf("write book: %w", err)
		}
		copy(e.Sum[:], sum.Sum(nil))
		w.entries = append(w.entries, e)
		return nil, nil
	}
	raw, err := io.ReadAll(content)
	if err != nil {
		return nil, fmt.Errorf("read content: %w", err)
	}
	return raw, w.addShort(e, raw)
}

func (w *writer) addShort(e Entry, raw []byte) error {
	sum := sha256.Sum256(raw)
	if same, ok := w.known[sum]; ok {
		e.at, e.Stored, e.Size, e.Sum, e.Packed = same.at, same.Stored, same.Size, same.Sum, same.Packed
		w.entries = append(w.entries, e)
		return nil
	}
	copy(e.Sum[:], sum[:])
	frame := raw
	if packed := w.zip.EncodeAll(raw, nil); len(packed)+len(raw)/worth < len(raw) {
		frame, e.Packed = packed, true
	}
	e.Stored = int64(len(frame))
	w.known[sum] = e
	w.entries = append(w.entries, e)
	return w.write(frame)
}

func (w *writer) redirect(path, title, to string) {
	w.entries = append(w.entries, Entry{Path: path, Title: title, Redirect: true})
	w.to[path] = to
}

// page adds the words of a page that was added under this path.
func (w *writer) page(path string, d search.Doc) {
	w.pages = append(w.pages, path)
	w.words.Add(d)
}

// finish writes what leads to the contents, and the head.
func (w *writer) finish(meta Meta, mainPath string) error {
	slices.SortFunc(w.entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(key(a.Path), key(b.Path)), strings.Compare(a.Path, b.Path))
	})
	number := make(map[string]uint32, len(w.entries))
	for i, e := range w.entries {
		number[e.Path] = uint32(i)
	}
	h := head{entries: uint32(len(w.entries)), pages: uint32(len(w.pages)), main: none}
	h.bits = uint32(bits.Len(uint(len(w.entries) / 8)))
	if n, ok := number[mainPath]; ok {
		h.main = n
	}
	description, err := json.Marshal(meta)
	if err != nil || len(description) > maxMeta {
		return fmt.Errorf("description: %w", errors.Join(err, ErrFormat))
	}
	for _, part := range []struct {
		at    *int64
		write func() error
	}{
		{&h.records, func() error { return w.writeRecords(number) }},
		{&h.fan, func() error { return w.writeFan(h.bits) }},
		{&h.names, w.writeNames},
		{&h.order, func() error { return w.writeOrder(number) }},
		{&h.words, w.writeWords},
		{&h.meta, func() error { return w.write(description) }},
	} {
		*part.at = w.at
		if err := part.write(); err != nil {
			return err
		}
	}
	return w.close(h)
}

func (w *writer) close(h head) error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write book: %w", err)
	}
	if _, err := w.file.WriteAt(h.bytes(), 0); err != nil {
		return fmt.Errorf("write book: %w", err)
	}
	return nil
}

func (h head) bytes() []byte {
	le := binary.LittleEndian
	raw := append([]byte(magic), make([]byte, headSize-len(magic))...)
	for i, n := range []uint32{version, h.entries, h.pages, h.bits, h.main} {
		le.PutUint32(raw[8+4*i:], n)
	}
	for i, n := range []int64{h.records, h.fan, h.names, h.order, h.words, h.meta} {
		le.PutUint64(raw[32+8*i:], uint64(n))
	}
	return raw
}

func (w *writer) writeRecords(number map[string]uint32) error {
	le, text := binary.LittleEndian, uint64(0)
	for _, e := range w.entries {
		flags := uint16(0)
		if e.Packed {
			flags |= isPacked
		}
		if e.Redirect {
			to, ok := number[w.to[e.Path]]
			if !ok {
				return fmt.Errorf("redirect: %w", ErrNotFound)
			}
			flags, e.at = flags|isRedirect, int64(to)
		}
		raw := le.AppendUint64(le.AppendUint64(nil, key(e.Path)), text)
		raw = le.AppendUint16(le.AppendUint16(raw, uint16(len(e.Path))), uint16(len(e.Title)))
		raw = le.AppendUint16(le.AppendUint16(raw, uint16(len(e.Type))), flags)
		raw = le.AppendUint64(le.AppendUint64(le.AppendUint64(raw, uint64(e.at)), uint64(e.Stored)), uint64(e.Size))
		if err := w.write(append(raw, e.Sum[:]...)); err != nil {
			return err
		}
		text += uint64(len(e.Path) + len(e.Title) + len(e.Type))
	}
	return nil
}

// writeFan writes, for every beginning of a hash, the first record that has it.
func (w *writer) writeFan(width uint32) error {
	next := 0
	for i := range uint64(1)<<width + 1 {
		for next < len(w.entries) && (i == 1<<width || width > 0 && key(w.entries[next].Path)>>(64-width) < i) {
			next++
		}
		if err := w.write(binary.LittleEndian.AppendUint32(nil, uint32(next))); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) writeNames() error {
	for _, e := range w.entries {
		if err := w.write([]byte(e.Path + e.Title + e.Type)); err != nil {
			return err
		}
	}
	return nil
}

// writeOrder writes the pages in the order of their titles, then in that of
// the index of words.
func (w *writer) writeOrder(number map[string]uint32) error {
	titled := make([]Entry, 0, len(w.pages))
	for _, path := range w.pages {
		titled = append(titled, w.entries[number[path]])
	}
	slices.SortFunc(titled, byTitle)
	raw := make([]byte, 0, 8*len(w.pages))
	for _, e := range titled {
		raw = binary.LittleEndian.AppendUint32(raw, number[e.Path])
	}
	for _, path := range w.pages {
		raw = binary.LittleEndian.AppendUint32(raw, number[path])
	}
	return w.write(raw)
}

func (w *writer) writeWords() error {
	var raw bytes.Buffer
	if _, err := w.words.WriteTo(&raw); err != nil {
		return fmt.Errorf("write words: %w", err)
	}
	return w.write(raw.Bytes())
}

// byTitle is the order in which people look through pages.
func byTitle(a, b Entry) int {
	return cmp.Or(strings.Compare(word.Fold(a.Title), word.Fold(b.Title)), strings.Compare(a.Path, b.Path))
}
