package slot

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// ErrEnv says that a block of variables cannot be believed.
var ErrEnv = errors.New("not a block of the loader's variables")

// envHeader opens GRUB's block of variables, which "#" fills up to 1024 bytes.
const envHeader = "# GRUB Environment Block\n"

// variable is a line of the block.
type variable struct{ name, value string }

// encodeBlock writes GRUB's format. All variables stay in the first sector, so
// that a power cut leaves the old block or the new: disks write a sector whole.
func encodeBlock(list []variable) ([]byte, error) {
	b := []byte(envHeader)
	for _, v := range list {
		b = fmt.Appendf(b, "%s=%s\n", v.name, escape(v.value))
	}
	if len(b) > SectorSize {
		return nil, fmt.Errorf("variables are too long for a sector: %w", ErrEnv)
	}
	return append(b, bytes.Repeat([]byte("#"), SizeEnv-len(b))...), nil
}

func escape(value string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", "\\\n").Replace(value)
}

// parseBlock reads GRUB's format.
func parseBlock(b []byte) ([]variable, error) {
	rest, ok := bytes.CutPrefix(b, []byte(envHeader))
	if !ok || len(b) != SizeEnv {
		return nil, ErrEnv
	}
	var list []variable
	for len(rest) > 0 && rest[0] != '#' {
		line, n := nextLine(rest)
		name, value, ok := strings.Cut(line, "=")
		if n == 0 || !ok || name == "" {
			return nil, ErrEnv
		}
		list, rest = append(list, variable{name, value}), rest[n:]
	}
	if len(bytes.Trim(rest, "#")) > 0 {
		return nil, ErrEnv
	}
	return list, nil
}

// nextLine returns a line without its escapes, and how many bytes it took, 0
// when it has no end.
func nextLine(b []byte) (string, int) {
	var line []byte
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\n':
			return string(line), i + 1
		case b[i] == '\\' && i+1 < len(b):
			i++
		}
		line = append(line, b[i])
	}
	return "", 0
}
