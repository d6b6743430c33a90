package zim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

const (
	magic      = 72173914
	headerSize = 80
	sumSize    = 16
	none       = 0xffffffff // no main page
	maxTypes   = 64 << 10   // bytes of the list of media types
)

// header is the first bytes of a file.
type header struct {
	major, minor                   uint16
	uuid                           [16]byte
	entries, count                 uint32
	paths, titles, clusters, types int64
	main                           uint32
	checksum                       int64
}

// modern says that content is in namespace C.
func (h header) modern() bool { return h.major > 6 || h.major == 6 && h.minor >= 1 }

func (z *File) readHeader() error {
	raw, err := z.at(0, headerSize)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	if le.Uint32(raw) != magic {
		return ErrFormat
	}
	h := &z.head
	h.major, h.minor = le.Uint16(raw[4:]), le.Uint16(raw[6:])
	if h.major != 5 && h.major != 6 {
		return ErrVersion
	}
	copy(h.uuid[:], raw[8:])
	h.entries, h.count, h.main = le.Uint32(raw[24:]), le.Uint32(raw[28:]), le.Uint32(raw[64:])
	if sum := le.Uint64(raw[72:]); sum != uint64(z.size-sumSize) || z.size < headerSize+sumSize {
		return fmt.Errorf("checksum: %w", ErrCut)
	}
	h.checksum = z.size - sumSize
	return z.readPlaces(raw)
}

// readPlaces reads where the lists are and holds them apart.
func (z *File) readPlaces(raw []byte) (err error) {
	h, le := &z.head, binary.LittleEndian
	if int64(h.entries) > int64(z.limits.Entries) {
		return fmt.Errorf("entries: %w", ErrTooLarge)
	}
	for _, list := range []struct {
		to   *int64
		from uint64
	}{{&h.paths, le.Uint64(raw[32:])}, {&h.clusters, le.Uint64(raw[48:])}, {&h.types, le.Uint64(raw[56:])}} {
		if *list.to, err = z.offset(list.from); err != nil {
			return err
		}
	}
	if n := le.Uint64(raw[40:]); n != ^uint64(0) { // no list of titles since 6.2
		h.titles, err = z.offset(n)
	}
	if err != nil {
		return err
	}
	return z.apart()
}

// apart refuses lists that leave the file or lie over one another.
func (z *File) apart() error {
	h := &z.head
	lists := [][2]int64{{h.paths, h.paths + 8*int64(h.entries)}, {h.clusters, h.clusters + 8*int64(h.count)}}
	if h.titles > 0 {
		lists = append(lists, [2]int64{h.titles, h.titles + 4*int64(h.entries)})
	}
	for i, a := range lists {
		if a[1] > h.checksum {
			return fmt.Errorf("list: %w", ErrCut)
		}
		for _, b := range lists[:i] {
			if a[0] < b[1] && b[0] < a[1] {
				return fmt.Errorf("lists: %w", ErrOverlap)
			}
		}
	}
	return nil
}

// readTypes reads the media types: strings that end with 0, then an empty one.
func (z *File) readTypes() error {
	raw, err := z.at(z.head.types, min(maxTypes, z.head.checksum-z.head.types))
	if err != nil {
		return err
	}
	for len(z.types) < none&0xffff {
		one, rest, ok := bytes.Cut(raw, []byte{0})
		switch {
		case !ok:
			return fmt.Errorf("media types: %w", ErrCut)
		case len(one) == 0:
			return nil
		}
		z.types, raw = append(z.types, string(one)), rest
	}
	return fmt.Errorf("media types: %w", ErrTooLarge)
}

// readClusters reads where clusters begin, and what lies behind each: no two
// begin at one place, and none may reach into the next.
func (z *File) readClusters() error {
	h := &z.head
	raw, err := z.at(h.clusters, 8*int64(h.count))
	if err != nil {
		return err
	}
	z.clusters = make([]int64, h.count)
	for i := range z.clusters {
		if z.clusters[i], err = z.offset(binary.LittleEndian.Uint64(raw[8*i:])); err != nil {
			return fmt.Errorf("cluster: %w", err)
		}
	}
	z.ends = append(slices.Clone(z.clusters), h.paths, h.clusters, h.checksum) // the list of titles may lie in a cluster
	slices.Sort(z.ends)
	for i := 1; i < len(z.ends); i++ {
		if z.ends[i] == z.ends[i-1] && h.count > 0 {
			return fmt.Errorf("clusters: %w", ErrOverlap)
		}
	}
	return nil
}
