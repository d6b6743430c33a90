package slot

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// GUID is an identifier as a partition table stores it: the first three groups
// little-endian.
type GUID [16]byte

// errGUID is what is wrong with a text that is no GUID.
var errGUID = errors.New("not a GUID")

// String writes the GUID as the kernel does, in lower case.
func (g GUID) String() string {
	le := binary.LittleEndian
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", le.Uint32(g[:]), le.Uint16(g[4:]), le.Uint16(g[6:]), g[8:10], g[10:])
}

// ParseGUID reads a GUID in either case.
func ParseGUID(text string) (GUID, error) {
	groups := strings.Split(text, "-")
	raw, err := hex.DecodeString(strings.Join(groups, ""))
	if err != nil || len(raw) != 16 || len(groups) != 5 || len(text) != 36 || len(groups[0]) != 8 ||
		len(groups[1]) != 4 || len(groups[2]) != 4 || len(groups[3]) != 4 {
		return GUID{}, errGUID
	}
	g := GUID(raw)
	for _, n := range [][2]int{{0, 4}, {4, 6}, {6, 8}} {
		reverse(g[n[0]:n[1]])
	}
	return g, nil
}

func reverse(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

// NewGUID returns a random GUID of version 4.
func NewGUID() GUID {
	var g GUID
	rand.Read(g[:]) // never fails: see crypto/rand
	g[7] = g[7]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return g
}

func mustGUID(text string) GUID {
	g, err := ParseGUID(text)
	if err != nil {
		panic(err) // a constant of this package
	}
	return g
}
