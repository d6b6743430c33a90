package slot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"unicode/utf16"
)

// Shape of a partition table.
const (
	entries      = 128
	entrySize    = 128
	entrySectors = entries * entrySize / SectorSize
	tableSectors = entrySectors + 1 // entries and header
	headerSize   = 92
	revision     = 0x00010000
	signature    = "EFI PART"
	nameUnits    = 36
)

// Errors of a partition table.
var (
	ErrNoTable  = errors.New("no partition table")
	ErrForeign  = errors.New("a partition table of another shape")
	ErrTooSmall = errors.New("the disk is too small")
)

// Partition is an entry of a table. Sectors are counted from the disk's start,
// Last included.
type Partition struct {
	Number     int
	Type, GUID GUID
	First      uint64
	Last       uint64
	Attributes uint64
	Name       string
}

// Bytes returns where the partition starts and how long it is.
func (p Partition) Bytes() (offset, size int64) {
	return int64(p.First) * SectorSize, int64(p.Last-p.First+1) * SectorSize
}

// Table is a disk's partition table. Sectors is the size of the disk that it
// was made for.
type Table struct {
	Disk       GUID
	Sectors    uint64
	Partitions []Partition // by number
}

// header is one copy's first sector.
type header struct {
	self, alternate uint64
	first, last     uint64
	disk            GUID
	entries         uint64
	entriesCRC      uint32
}

func (h header) encode() []byte {
	b := make([]byte, SectorSize)
	le := binary.LittleEndian
	copy(b, signature)
	le.PutUint32(b[8:], revision)
	le.PutUint32(b[12:], headerSize)
	for i, n := range []uint64{h.self, h.alternate, h.first, h.last} {
		le.PutUint64(b[24+8*i:], n)
	}
	copy(b[56:], h.disk[:])
	le.PutUint64(b[72:], h.entries)
	le.PutUint32(b[80:], entries)
	le.PutUint32(b[84:], entrySize)
	le.PutUint32(b[88:], h.entriesCRC)
	le.PutUint32(b[16:], crc32.ChecksumIEEE(b[:headerSize]))
	return b
}

// parseHeader reads a header that says it lies at the sector.
func parseHeader(b []byte, at uint64) (header, error) {
	le := binary.LittleEndian
	if len(b) < SectorSize || string(b[:8]) != signature {
		return header{}, ErrNoTable
	}
	if le.Uint32(b[12:]) != headerSize || le.Uint32(b[80:]) != entries || le.Uint32(b[84:]) != entrySize {
		return header{}, ErrForeign
	}
	sum := append([]byte(nil), b[:headerSize]...)
	clear(sum[16:20])
	h := header{self: le.Uint64(b[24:]), alternate: le.Uint64(b[32:]), first: le.Uint64(b[40:]), last: le.Uint64(b[48:]),
		disk: GUID(b[56:72]), entries: le.Uint64(b[72:]), entriesCRC: le.Uint32(b[88:])}
	if crc32.ChecksumIEEE(sum) != le.Uint32(b[16:]) || h.self != at {
		return header{}, fmt.Errorf("damaged header: %w", ErrNoTable)
	}
	return h, nil
}

// encodeEntries writes the array; a name that is too long or a number beyond it
// is a programmer's mistake.
func encodeEntries(list []Partition) []byte {
	b := make([]byte, entries*entrySize)
	le := binary.LittleEndian
	for _, p := range list {
		e := b[(p.Number-1)*entrySize:][:entrySize]
		copy(e, p.Type[:])
		copy(e[16:], p.GUID[:])
		le.PutUint64(e[32:], p.First)
		le.PutUint64(e[40:], p.Last)
		le.PutUint64(e[48:], p.Attributes)
		for i, u := range utf16.Encode([]rune(p.Name)) {
			if i < nameUnits {
				le.PutUint16(e[56+2*i:], u)
			}
		}
	}
	return b
}

func parseEntries(b []byte, last uint64) ([]Partition, error) {
	var list []Partition
	for n := range entries {
		e := b[n*entrySize:][:entrySize]
		if GUID(e[:16]) == (GUID{}) {
			continue
		}
		p := parseEntry(e, n+1)
		if p.First > p.Last || p.First < tableSectors+1 || p.Last > last {
			return nil, fmt.Errorf("partition %d lies outside the disk: %w", p.Number, ErrForeign)
		}
		list = append(list, p)
	}
	return list, nil
}

func parseEntry(e []byte, number int) Partition {
	le := binary.LittleEndian
	units := make([]uint16, 0, nameUnits)
	for i := range nameUnits {
		u := le.Uint16(e[56+2*i:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return Partition{Number: number, Type: GUID(e[:16]), GUID: GUID(e[16:32]), First: le.Uint64(e[32:]),
		Last: le.Uint64(e[40:]), Attributes: le.Uint64(e[48:]), Name: string(utf16.Decode(units))}
}
