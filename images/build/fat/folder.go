package fat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

const (
	entrySize  = 32
	perLong    = 13 // letters of a long name in one entry
	isFolder   = 0x10
	isFile     = 0x20
	isLabel    = 0x08
	isLongName = 0x0f
)

// node is a file or folder. A folder's entries counts those that are not its
// children's: itself, its parent, the label.
type node struct {
	name, short string
	file        *File
	children    []*node
	entries     int
	at          uint32 // first cluster
}

func (n *node) folder() bool { return n.file == nil }

// grow makes the tree of the files, in the order of their names.
func grow(files []File) (*node, error) {
	root := &node{}
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for i := range files {
		parts := strings.Split(strings.Trim(files[i].Path, "/"), "/")
		at := root
		for _, p := range parts[:len(parts)-1] {
			at = at.child(p)
		}
		leaf := parts[len(parts)-1]
		if leaf == "" || at.file != nil || at.find(leaf) != nil || files[i].Size < 0 || files[i].Size >= 1<<32 {
			return nil, fmt.Errorf("file %q: %w", files[i].Path, errPath)
		}
		at.add(&node{name: leaf, file: &files[i]})
	}
	return root, nil
}

var errPath = errors.New("not a place for a file")

func (n *node) find(name string) *node {
	for _, c := range n.children {
		if strings.EqualFold(c.name, name) {
			return c
		}
	}
	return nil
}

func (n *node) child(name string) *node {
	if c := n.find(name); c != nil {
		return c
	}
	c := &node{name: name, entries: 2}
	n.add(c)
	return c
}

// add gives the child a short name that no other in the folder has.
func (n *node) add(c *node) {
	c.short = short(c.name, 0)
	for i := 1; slices.ContainsFunc(n.children, func(o *node) bool { return o.short == c.short }) || !fits(c.name, c.short) && i == 1; i++ {
		c.short = short(c.name, i)
	}
	n.children = append(n.children, c)
}

// count returns how many entries the folder has.
func (n *node) count() int {
	all := n.entries
	for _, c := range n.children {
		all += 1 + c.long()
	}
	return all
}

// long returns how many entries hold the name as it is written; none when the
// short one is the same.
func (n *node) long() int {
	if n.name == strings.TrimSuffix(strings.TrimSpace(n.short[:8])+"."+strings.TrimSpace(n.short[8:]), ".") {
		return 0
	}
	return (len(utf16.Encode([]rune(n.name))) + perLong - 1) / perLong
}

// fits reports whether the short name says the same as the name but for case.
func fits(name, short string) bool {
	return strings.EqualFold(name, strings.TrimSuffix(strings.TrimSpace(short[:8])+"."+strings.TrimSpace(short[8:]), "."))
}

// short makes the name of eight letters and three, numbered from 1 when it had
// to be cut.
func short(name string, number int) string {
	base, ext := strings.ToUpper(name), ""
	if i := strings.LastIndex(base, "."); i > 0 {
		base, ext = base[:i], base[i+1:]
	}
	base, ext = plain(base), plain(ext)
	if number > 0 {
		tail := fmt.Sprintf("~%d", number)
		base = base[:min(len(base), 8-len(tail))] + tail
	}
	return pad(base, 8) + pad(ext, 3)
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '~' {
			return r
		}
		return -1
	}, s)
}

func pad(s string, n int) string {
	return (s + strings.Repeat(" ", n))[:n]
}

// folder writes the folder's entries and everything below.
func (v Volume) folder(w io.WriterAt, m *layoutOf, n, parent *node) error {
	var b []byte
	if parent == nil {
		b = v.entry(pad(v.Label, 11), isLabel, 0, 0)
	} else {
		b = append(v.entry(pad(".", 11), isFolder, n.at, 0), v.entry(pad("..", 11), isFolder, parent.link(), 0)...)
	}
	for _, c := range n.children {
		b = append(b, v.named(c)...)
		if err := v.contents(w, m, c, n); err != nil {
			return err
		}
	}
	_, err := w.WriteAt(b, m.offset(n.at))
	return err
}

// link is how a folder is named by those in it: the root as nothing.
func (n *node) link() uint32 {
	if n.at == 2 {
		return 0
	}
	return n.at
}

func (v Volume) contents(w io.WriterAt, m *layoutOf, c, in *node) error {
	if c.folder() {
		return v.folder(w, m, c, in)
	}
	if c.file.Content == nil || c.file.Size == 0 {
		return nil
	}
	into := io.NewOffsetWriter(w, m.offset(c.at))
	n, err := io.Copy(struct{ io.Writer }{into}, io.LimitReader(c.file.Content, c.file.Size+1))
	if n > c.file.Size {
		return fmt.Errorf("file %q: contents are longer than its size", c.file.Path)
	}
	return err
}

func (v Volume) named(c *node) []byte {
	kind, size := byte(isFile), uint32(0)
	if c.folder() {
		kind = isFolder
	} else {
		size = uint32(c.file.Size)
	}
	return append(long(c), v.entry(c.short, kind, c.at, size)...)
}

func (v Volume) entry(short string, kind byte, at, size uint32) []byte {
	b := make([]byte, entrySize)
	copy(b, short)
	b[11] = kind
	le := binary.LittleEndian
	day, second := dos(v.Time)
	le.PutUint16(b[14:], second)
	le.PutUint16(b[16:], day)
	le.PutUint16(b[18:], day)
	le.PutUint16(b[20:], uint16(at>>16))
	le.PutUint16(b[22:], second)
	le.PutUint16(b[24:], day)
	le.PutUint16(b[26:], uint16(at))
	le.PutUint32(b[28:], size)
	return b
}

// dos is a moment as FAT writes it; before 1980 it is the first day of that year.
func dos(t time.Time) (day, second uint16) {
	t = t.UTC()
	if t.Year() < 1980 {
		return 1<<5 | 1, 0
	}
	return uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day()), uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
}

// long returns the entries of the long name, last piece first.
func long(c *node) []byte {
	var b []byte
	letters := utf16.Encode([]rune(c.name))
	for i := c.long(); i > 0; i-- {
		e := bytes.Repeat([]byte{0xff}, entrySize)
		e[0], e[11], e[12], e[13], e[26], e[27] = byte(i), isLongName, 0, checksum(c.short), 0, 0
		if i == c.long() {
			e[0] |= 0x40
		}
		piece(e, letters[(i-1)*perLong:])
		b = append(b, e...)
	}
	return b
}

// piece writes up to thirteen letters where a long entry has room for them, and
// a zero behind the last.
func piece(e []byte, letters []uint16) {
	at := []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30}
	for i, o := range at {
		switch {
		case i < len(letters):
			binary.LittleEndian.PutUint16(e[o:], letters[i])
		case i == len(letters):
			binary.LittleEndian.PutUint16(e[o:], 0)
		}
	}
}

func checksum(short string) (sum byte) {
	for i := range len(short) {
		sum = sum>>1 | sum<<7
		sum += short[i]
	}
	return sum
}
