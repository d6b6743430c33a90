package slot

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Archive writes the kind of cpio that the kernel unpacks as its first file
// system. Times and owners are zero, so that equal content makes equal bytes.
// Parents come before their files.
type Archive struct {
	w   io.Writer
	n   int64
	ino uint32
	err error
}

// NewArchive writes to w.
func NewArchive(w io.Writer) *Archive { return &Archive{w: w} }

// Types of an entry.
const (
	modeFolder = 0o040000
	modeFile   = 0o100000
	modeChar   = 0o020000
	modeLink   = 0o120000
)

// Folder adds a directory.
func (a *Archive) Folder(name string, perm uint32) { a.entry(name, modeFolder|perm, nil, 0, 0) }

// File adds a file.
func (a *Archive) File(name string, perm uint32, content []byte) {
	a.entry(name, modeFile|perm, content, 0, 0)
}

// Link adds a symbolic link.
func (a *Archive) Link(name, target string) { a.entry(name, modeLink|0o777, []byte(target), 0, 0) }

// Character adds a character device.
func (a *Archive) Character(name string, perm, major, minor uint32) {
	a.entry(name, modeChar|perm, nil, major, minor)
}

// Close ends the archive and returns the first error of all. Another archive,
// compressed or not, may follow.
func (a *Archive) Close() error {
	a.ino = 0
	a.entry(archiveEnd, 0, nil, 0, 0)
	a.pad(SectorSize)
	if a.err != nil {
		return fmt.Errorf("write archive: %w", a.err)
	}
	return nil
}

const (
	archiveMagic  = "070701"
	archiveEnd    = "TRAILER!!!"
	archiveHeader = len(archiveMagic) + 13*8
)

func (a *Archive) entry(name string, mode uint32, content []byte, major, minor uint32) {
	links := uint32(1)
	if mode&modeFolder == modeFolder && mode&modeFile != modeFile {
		links = 2
	}
	head := archiveMagic
	for _, n := range []uint32{a.ino, mode, 0, 0, links, 0, uint32(len(content)), 0, 0, major, minor, uint32(len(name) + 1), 0} {
		head += fmt.Sprintf("%08x", n)
	}
	a.ino++
	a.write([]byte(head + name + "\x00"))
	a.pad(4)
	a.write(content)
	a.pad(4)
}

func (a *Archive) write(b []byte) {
	if a.err != nil {
		return
	}
	n, err := a.w.Write(b)
	a.n, a.err = a.n+int64(n), err
}

func (a *Archive) pad(to int64) {
	if over := a.n % to; over != 0 {
		a.write(make([]byte, to-over))
	}
}

// errArchive says that bytes are no such archive.
var errArchive = errors.New("not an archive of a first file system")

// maxEntry bounds a file that is read from an archive.
const maxEntry = 1 << 20

// firstFile returns name and content of the first regular file of an archive.
func firstFile(r io.ReaderAt) (string, []byte, error) {
	for at := int64(0); ; {
		e, err := parseArchiveEntry(r, at)
		if err != nil || e.name == archiveEnd {
			return "", nil, errors.Join(errArchive, err)
		}
		if e.mode&0o170000 == modeFile {
			b := make([]byte, e.size)
			if n, err := r.ReadAt(b, e.data); n < len(b) {
				return "", nil, errors.Join(errArchive, err)
			}
			return e.name, b, nil
		}
		at = (e.data + e.size + 3) &^ 3
	}
}

type archiveEntry struct {
	name       string
	mode       uint32
	data, size int64
}

func parseArchiveEntry(r io.ReaderAt, at int64) (archiveEntry, error) {
	head := make([]byte, archiveHeader)
	if n, err := r.ReadAt(head, at); n < len(head) {
		return archiveEntry{}, errors.Join(errArchive, err)
	}
	mode, err1 := hexField(head, 1)
	size, err2 := hexField(head, 6)
	named, err3 := hexField(head, 11)
	if string(head[:6]) != archiveMagic || errors.Join(err1, err2, err3) != nil || named == 0 || named > 4096 || size > maxEntry {
		return archiveEntry{}, errArchive
	}
	name := make([]byte, named)
	at += int64(archiveHeader)
	if n, err := r.ReadAt(name, at); n < len(name) {
		return archiveEntry{}, errors.Join(errArchive, err)
	}
	return archiveEntry{name: string(name[:named-1]), mode: uint32(mode), data: (at + int64(named) + 3) &^ 3, size: int64(size)}, nil
}

func hexField(head []byte, n int) (uint64, error) {
	return strconv.ParseUint(string(head[len(archiveMagic)+8*n:][:8]), 16, 32)
}
