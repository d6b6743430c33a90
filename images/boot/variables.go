package boot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unicode/utf16"
)

// errVariables says that a file holds no store of UEFI variables.
var errVariables = errors.New("not a store of UEFI variables")

// Shape of EDK II's variable store: a firmware volume's header, the store's
// header, then the variables, each aligned to four bytes.
const (
	volumeHeaderLength = 48 // where the volume's header says how long it is
	storeHeader        = 28
	variableStart      = 0x55aa
	variableHeader     = 60
	variableLive       = 0x3f
)

// Variables returns what a machine's firmware remembers: by "name vendor" the
// attributes and the content of every variable.
func Variables(file string) (map[string][]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read UEFI variables: %w", err)
	}
	return ParseVariables(b)
}

// ParseVariables reads the content of such a file.
func ParseVariables(b []byte) (map[string][]byte, error) {
	le := binary.LittleEndian
	if len(b) < volumeHeaderLength+2 || !bytes.Equal(b[40:44], []byte("_FVH")) {
		return nil, errVariables
	}
	at := int(le.Uint16(b[volumeHeaderLength:]))
	if at+storeHeader > len(b) {
		return nil, errVariables
	}
	end := min(len(b), at+int(le.Uint32(b[at+16:])))
	return variablesIn(b[at+storeHeader : max(end, at+storeHeader)]), nil
}

func variablesIn(store []byte) map[string][]byte {
	le, all := binary.LittleEndian, map[string][]byte{}
	for at := 0; at+variableHeader <= len(store) && le.Uint16(store[at:]) == variableStart; {
		h := store[at:]
		name, size := int(le.Uint32(h[36:])), int(le.Uint32(h[40:]))
		if variableHeader+name+size > len(h) {
			break
		}
		if h[2] == variableLive {
			all[fmt.Sprintf("%s %x", wide(h[variableHeader:][:name]), h[44:60])] = append(bytes.Clone(h[4:8]), h[variableHeader+name:][:size]...)
		}
		at += (variableHeader + name + size + 3) &^ 3
	}
	return all
}

// wide reads a text of 16-bit letters that ends with a zero.
func wide(b []byte) string {
	var units []uint16
	for ; len(b) >= 2 && (b[0] != 0 || b[1] != 0); b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	return string(utf16.Decode(units))
}
