package flash

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// SumsName is the file beside images that says what they should be.
const SumsName = "SHA256SUMS"

// maxSums is longer than any list of sums.
const maxSums = 1 << 20

// Sum finds the sum of a file in a list as `sha256sum` writes it. Its error is
// of [KindSums].
func Sum(list io.Reader, name string) ([sha256.Size]byte, error) {
	var sum [sha256.Size]byte
	lines := bufio.NewScanner(io.LimitReader(list, maxSums))
	for lines.Scan() {
		digits, file, ok := strings.Cut(lines.Text(), " ")
		file = strings.TrimLeft(file, " *")
		if !ok || strings.TrimPrefix(file, "./") != name {
			continue
		}
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) != len(sum) {
			return sum, fail(KindSums, fmt.Errorf("not a sum: line of %s", name))
		}
		return [sha256.Size]byte(b), nil
	}
	return sum, fail(KindSums, fmt.Errorf("%s is not in the list", name))
}

// SumOf computes the sum of a file nobody published one for.
func SumOf(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, fmt.Errorf("sum image: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, fmt.Errorf("sum image: %w", err)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
