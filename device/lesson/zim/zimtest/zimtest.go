// Package zimtest writes small ZIM files for tests: sound ones in every form
// that package zim reads, and ones that lie. It is not for real collections,
// which zim-tools make.
package zimtest

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// The ways to write a cluster.
const (
	Stored = 1
	XZ     = 4
	Zstd   = 5
)

// Entry is one entry to write. To, when set, makes it a redirect to the entry
// of that namespace and path ("C/page").
type Entry struct {
	Namespace         byte
	Path, Title, Type string
	Content           string
	To                string
}

// Book is what to write. Zero Major means version 6.1.
type Book struct {
	Major, Minor uint16
	Entries      []Entry
	How          byte // Stored when zero
	Wide         bool // offsets of eight bytes
	Main         string
	Bend         func(places Places, raw []byte) // damages the file before its checksum is made
}

// Places is where the parts of a written file are.
type Places struct{ Paths, Clusters, Cluster, Sum int }

// Bytes writes the file: one cluster with every blob.
func (b Book) Bytes() []byte {
	entries := slices.Clone(b.Entries)
	slices.SortFunc(entries, func(x, y Entry) int { return strings.Compare(x.key(), y.key()) })
	types := typesOf(entries)
	out := bytes.NewBuffer(make([]byte, 80))
	for _, t := range types {
		out.WriteString(t + "\x00")
	}
	out.WriteByte(0)
	where := dirents(out, entries, types)
	p := Places{Cluster: out.Len()}
	out.Write(b.cluster(entries))
	p.Paths = out.Len()
	for _, at := range where {
		number(out, uint64(at))
	}
	p.Clusters = out.Len()
	number(out, uint64(p.Cluster))
	p.Sum = out.Len()
	b.head(out.Bytes(), p, entries)
	if b.Bend != nil {
		b.Bend(p, out.Bytes())
	}
	sum := md5.Sum(out.Bytes())
	return append(out.Bytes(), sum[:]...)
}

func (e Entry) key() string { return string(e.Namespace) + "/" + e.Path }

func number(out *bytes.Buffer, n uint64) { out.Write(binary.LittleEndian.AppendUint64(nil, n)) }

func typesOf(entries []Entry) (types []string) {
	for _, e := range entries {
		if e.To == "" && !slices.Contains(types, e.Type) {
			types = append(types, e.Type)
		}
	}
	return types
}

func dirents(out *bytes.Buffer, entries []Entry, types []string) (where []int) {
	le, blob := binary.LittleEndian, uint32(0)
	for _, e := range entries {
		where = append(where, out.Len())
		var raw []byte
		if e.To != "" {
			raw = le.AppendUint16(raw, 0xffff)
			raw = le.AppendUint32(append(raw, 0, e.Namespace), 0)
			raw = le.AppendUint32(raw, uint32(index(entries, e.To)))
		} else {
			raw = le.AppendUint16(raw, uint16(slices.Index(types, e.Type)))
			raw = le.AppendUint32(append(raw, 0, e.Namespace), 0)
			raw = le.AppendUint32(le.AppendUint32(raw, 0), blob)
			blob++
		}
		out.Write(raw)
		out.WriteString(e.Path + "\x00" + e.Title + "\x00")
	}
	return where
}

func index(entries []Entry, key string) int {
	return slices.IndexFunc(entries, func(e Entry) bool { return e.key() == key })
}

func (b Book) cluster(entries []Entry) []byte {
	var blobs []string
	for _, e := range entries {
		if e.To == "" {
			blobs = append(blobs, e.Content)
		}
	}
	raw := b.offsets(blobs)
	for _, blob := range blobs {
		raw = append(raw, blob...)
	}
	info := max(b.How, Stored)
	if b.Wide {
		info |= 0x10
	}
	return append([]byte{info}, Pack(b.How, raw)...)
}

func (b Book) offsets(blobs []string) (raw []byte) {
	width := 4
	if b.Wide {
		width = 8
	}
	at := width * (len(blobs) + 1)
	for i := range len(blobs) + 1 {
		if raw = binary.LittleEndian.AppendUint32(raw, uint32(at)); b.Wide {
			raw = append(raw, 0, 0, 0, 0)
		}
		if i < len(blobs) {
			at += len(blobs[i])
		}
	}
	return raw
}

// Pack compresses the bytes of a cluster.
func Pack(how byte, raw []byte) []byte {
	var out bytes.Buffer
	switch how {
	case XZ:
		w, err := xz.NewWriter(&out)
		check(err)
		_, err = w.Write(raw)
		check(err)
		check(w.Close())
	case Zstd:
		w, err := zstd.NewWriter(&out)
		check(err)
		_, err = w.Write(raw)
		check(err)
		check(w.Close())
	default:
		return raw
	}
	return out.Bytes()
}

func (b Book) head(raw []byte, p Places, entries []Entry) {
	le := binary.LittleEndian
	major, minor := b.Major, b.Minor
	if major == 0 {
		major, minor = 6, 1
	}
	le.PutUint32(raw, 72173914)
	le.PutUint16(raw[4:], major)
	le.PutUint16(raw[6:], minor)
	le.PutUint32(raw[24:], uint32(len(entries)))
	le.PutUint32(raw[28:], 1)
	le.PutUint64(raw[32:], uint64(p.Paths))
	le.PutUint64(raw[40:], ^uint64(0))
	le.PutUint64(raw[48:], uint64(p.Clusters))
	le.PutUint64(raw[56:], 80)
	le.PutUint32(raw[64:], 0xffffffff)
	if b.Main != "" {
		le.PutUint32(raw[64:], uint32(index(entries, b.Main)))
	}
	le.PutUint64(raw[72:], uint64(p.Sum))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
