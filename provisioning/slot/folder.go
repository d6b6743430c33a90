package slot

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Shape of a FAT directory.
const (
	direntSize  = 32
	attrFolder  = 0x10
	attrVolume  = 0x08
	attrLong    = 0x0f
	longLast    = 0x40
	longUnits   = 13
	longEntries = 20
)

// lookup finds a name in the bytes of a directory.
func lookup(dir []byte, name string) (node, bool) {
	var long longName
	for ; len(dir) >= direntSize && dir[0] != 0; dir = dir[direntSize:] {
		e := dir[:direntSize]
		switch {
		case e[0] == 0xe5:
			long = longName{}
		case e[11]&0x3f == attrLong:
			long.add(e)
		case e[11]&attrVolume != 0:
			long = longName{}
		default:
			if strings.EqualFold(shortName(e), name) || strings.EqualFold(long.text(e), name) {
				return entryOf(e), true
			}
			long = longName{}
		}
	}
	return node{}, false
}

func entryOf(e []byte) node {
	le := binary.LittleEndian
	return node{first: uint32(le.Uint16(e[20:]))<<16 | uint32(le.Uint16(e[26:])), size: int64(le.Uint32(e[28:])), folder: e[11]&attrFolder != 0}
}

func shortName(e []byte) string {
	base, ext := strings.TrimRight(string(e[:8]), " "), strings.TrimRight(string(e[8:11]), " ")
	if ext == "" {
		return base
	}
	return base + "." + ext
}

// longName gathers the entries of a long name, which come last part first.
type longName struct {
	units [longEntries * longUnits]uint16
	n     int  // units known to belong to the name
	next  byte // the part that should follow, 0 when all are there
	sum   byte
	whole bool
}

func (l *longName) add(e []byte) {
	order := e[0] &^ longLast
	if order == 0 || order > longEntries {
		*l = longName{}
		return
	}
	if e[0]&longLast != 0 {
		*l = longName{n: int(order) * longUnits, next: order, sum: e[13]}
	}
	if order != l.next || e[13] != l.sum {
		*l = longName{}
		return
	}
	at := (int(order) - 1) * longUnits
	for i, from := range []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30} {
		l.units[at+i] = binary.LittleEndian.Uint16(e[from:])
	}
	l.next--
	l.whole = l.next == 0
}

// text returns the name when it is whole and belongs to the entry that follows.
func (l *longName) text(e []byte) string {
	if !l.whole || l.sum != checksum(e[:11]) {
		return ""
	}
	units := l.units[:l.n]
	for i, u := range units {
		if u == 0 {
			units = units[:i]
			break
		}
	}
	return string(utf16.Decode(units))
}

func checksum(short []byte) (sum byte) {
	for _, c := range short {
		sum = sum>>1 | sum<<7
		sum += c
	}
	return sum
}
