// Package fat makes the boot partition: a FAT32 file system with all its files
// in one go, each of them in one piece, the same bytes for the same contents.
// Nothing is ever added later: stations overwrite the files in place, at the
// length they have been given here.
package fat

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Shape of every file system made here.
const (
	sector     = 512
	perCluster = 8
	cluster    = sector * perCluster
	reserved   = 32
	backupBoot = 6
	infoSector = 1
	minimum    = 65525 // clusters; fewer would be another kind of FAT
)

// File is one file: its path from the root, with the folders it needs. What
// Content does not fill is zero, and a nil Content is all zero.
type File struct {
	Path    string
	Size    int64
	Content io.Reader
}

// Volume is the file system around the files.
type Volume struct {
	Sectors uint32    // of 512 bytes
	Hidden  uint32    // sectors of the disk before it
	Serial  uint32    // what other systems show as its identifier
	Label   string    // at most 11 capitals
	Time    time.Time // of every file
}

// ErrFull is returned when the files do not fit.
var ErrFull = errors.New("files do not fit the volume")

// Write makes the file system at the beginning of w, which must read as zero:
// what is zero is not written, so that a sparse file stays one.
func (v Volume) Write(w io.WriterAt, files []File) error {
	if err := v.write(w, files); err != nil {
		return fmt.Errorf("make boot partition: %w", err)
	}
	return nil
}

func (v Volume) write(w io.WriterAt, files []File) error {
	m, err := v.layout()
	if err != nil {
		return err
	}
	root, err := grow(files)
	if err != nil {
		return err
	}
	root.entries = 1 // the label
	if err := m.place(root); err != nil {
		return err
	}
	if err := v.boot(w, m); err != nil {
		return err
	}
	if err := m.writeTables(w); err != nil {
		return err
	}
	return v.folder(w, m, root, nil)
}

// layoutOf is where things are on the volume.
type layoutOf struct {
	tableSectors uint32
	clusters     uint32
	next         uint32   // first free cluster
	table        []uint32 // the allocation table
}

func (v Volume) layout() (*layoutOf, error) {
	m := &layoutOf{next: 2}
	for m.tableSectors = 1; ; m.tableSectors++ {
		used := reserved + 2*m.tableSectors
		if used >= v.Sectors {
			return nil, ErrFull
		}
		m.clusters = (v.Sectors - used) / perCluster
		if m.tableSectors*(sector/4) >= m.clusters+2 {
			break
		}
	}
	if m.clusters < minimum {
		return nil, fmt.Errorf("volume of %d sectors is too small for FAT32", v.Sectors)
	}
	m.table = make([]uint32, m.clusters+2)
	m.table[0], m.table[1] = 0x0ffffff8, 0x0fffffff
	return m, nil
}

// offset returns where a cluster is on the volume.
func (m *layoutOf) offset(c uint32) int64 {
	return int64(reserved+2*m.tableSectors)*sector + int64(c-2)*cluster
}

// take reserves clusters in one piece for that many bytes.
func (m *layoutOf) take(size int64) (uint32, error) {
	n := uint32((size + cluster - 1) / cluster)
	if n == 0 {
		return 0, nil
	}
	if n > m.clusters+2-m.next {
		return 0, ErrFull
	}
	first := m.next
	for m.next += n; n > 1; n-- {
		m.table[first+n-2] = first + n - 1
	}
	m.table[m.next-1] = 0x0fffffff
	return first, nil
}

// place gives the folder, and everything in it, its clusters.
func (m *layoutOf) place(n *node) (err error) {
	if n.folder() {
		if n.at, err = m.take(int64(max(n.count(), 1)) * entrySize); err != nil {
			return err
		}
		for _, c := range n.children {
			if err := m.place(c); err != nil {
				return err
			}
		}
		return nil
	}
	n.at, err = m.take(n.file.Size)
	return err
}
