package zim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// Entry is one thing of a file: a page, a picture, or a name that leads to one.
type Entry struct {
	Index     int
	Namespace byte
	Path      string // without its namespace
	Title     string // the path when the file says none
	Type      string // media type; "" for a redirect
	Redirect  bool
	To        int // index that a redirect leads to

	cluster, blob uint32
}

const (
	isRedirect = 0xffff
	isTarget   = 0xfffe // kinds that no file has held for ten years
	isDeleted  = 0xfffd
	maxName    = 4 << 10 // bytes of a path and its title
	maxHops    = 16      // redirects in a row
)

// Entry reads the i-th entry in the order of namespaces and paths.
func (z *File) Entry(i int) (Entry, error) {
	if i < 0 || i >= z.Len() {
		return Entry{}, ErrNotFound
	}
	offset, err := z.pointer(z.head.paths, i)
	if err != nil {
		return Entry{}, err
	}
	raw, err := z.at(offset, min(16+maxName, z.head.checksum-offset))
	if err != nil {
		return Entry{}, err
	}
	return z.parse(i, raw)
}

func (z *File) parse(i int, raw []byte) (Entry, error) {
	if len(raw) < 12 {
		return Entry{}, fmt.Errorf("entry: %w", ErrCut)
	}
	e, le := Entry{Index: i, Namespace: raw[3]}, binary.LittleEndian
	kind, names := le.Uint16(raw), raw[12:]
	switch {
	case kind == isTarget || kind == isDeleted:
		return Entry{}, fmt.Errorf("entry: %w", ErrVersion)
	case kind == isRedirect:
		e.Redirect, e.To = true, int(le.Uint32(raw[8:]))
		if e.To >= z.Len() {
			return Entry{}, fmt.Errorf("redirect: %w", ErrCut)
		}
	case len(raw) < 16:
		return Entry{}, fmt.Errorf("entry: %w", ErrCut)
	default:
		if e.cluster, e.blob, names = le.Uint32(raw[8:]), le.Uint32(raw[12:]), raw[16:]; int(kind) >= len(z.types) {
			return Entry{}, fmt.Errorf("media type: %w", ErrFormat)
		}
		e.Type = z.types[kind]
	}
	return e.named(names)
}

// named reads the two strings behind an entry.
func (e Entry) named(raw []byte) (Entry, error) {
	name, rest, ok := bytes.Cut(raw, []byte{0})
	title, _, ended := bytes.Cut(rest, []byte{0})
	if !ok || !ended {
		return Entry{}, fmt.Errorf("name: %w", ErrTooLarge)
	}
	e.Path, e.Title = string(name), strings.ToValidUTF8(string(title), "\uFFFD")
	if e.Title == "" {
		e.Title = strings.ToValidUTF8(e.Path, "\uFFFD")
	}
	return e, nil
}

// CheckPath refuses the name of an entry that cannot be an address below a
// folder: one that leads out of it, begins at the root, or holds signs that
// no address has.
func CheckPath(name string) error {
	if name == "" || !utf8.ValidString(name) || strings.HasPrefix(name, "/") || strings.ContainsFunc(name, control) {
		return ErrPath
	}
	if clean := path.Clean("/" + name); strings.Contains(name, "..") && clean != "/"+name {
		return ErrPath
	}
	return nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// Follow returns the entry that e leads to: itself, unless it is a redirect.
func (z *File) Follow(e Entry) (Entry, error) {
	for range maxHops {
		if !e.Redirect {
			return e, nil
		}
		next, err := z.Entry(e.To)
		if err != nil {
			return Entry{}, err
		}
		e = next
	}
	return Entry{}, ErrCycle
}

// Find looks an entry up by namespace and path.
func (z *File) Find(namespace byte, name string) (Entry, error) {
	want := string(namespace) + name
	low, high := 0, z.Len()
	for low < high {
		mid := (low + high) / 2
		e, err := z.Entry(mid)
		if err != nil {
			return Entry{}, err
		}
		switch strings.Compare(string(e.Namespace)+e.Path, want) {
		case 0:
			return e, nil
		case -1:
			low = mid + 1
		default:
			high = mid
		}
	}
	return Entry{}, ErrNotFound
}

// Main is the entry that a reader sees first.
func (z *File) Main() (Entry, error) {
	if z.head.modern() {
		if e, err := z.Find('W', "mainPage"); err == nil {
			return z.Follow(e)
		}
	}
	if z.head.main == none {
		return Entry{}, ErrNotFound
	}
	e, err := z.Entry(int(z.head.main))
	if err != nil {
		return Entry{}, err
	}
	return z.Follow(e)
}

// Address is the path of an entry of content as pages of the file write it,
// and false for what is not content.
func (z *File) Address(e Entry) (string, bool) {
	if z.head.modern() {
		return e.Path, e.Namespace == 'C'
	}
	return string(e.Namespace) + "/" + e.Path, strings.IndexByte("AICJ-", e.Namespace) >= 0
}
