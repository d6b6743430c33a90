package pass

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	numberDigits = 14
	maxSeries    = 99
)

// Number is what is printed under the bars and read aloud: the issuer's series
// (two digits), the serial (ten) and two check digits of ISO 7064 MOD 97-10.
// It proves nothing by itself.
type Number struct {
	Series uint8
	Serial Serial
}

// Valid reports whether n can be printed: a series of 1 to 99, a serial from 1.
func (n Number) Valid() bool { return n.Series >= 1 && n.Series <= maxSeries && n.Serial >= 1 }

// Digits returns the 14 digits, or "" when n is not [Number.Valid].
func (n Number) Digits() string {
	if !n.Valid() {
		return ""
	}
	body := uint64(n.Series)*1e10 + uint64(n.Serial)
	return fmt.Sprintf("%012d%02d", body, 98-body*100%97)
}

// Grouped returns the digits in fours, for reading and typing.
func (n Number) Grouped() string {
	d := n.Digits()
	if d == "" {
		return ""
	}
	return strings.Join([]string{d[:4], d[4:8], d[8:12], d[12:]}, " ")
}

func parseNumber(digits string) (Number, error) {
	all, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || len(digits) != numberDigits {
		return Number{}, ErrUnreadable
	}
	if all%97 != 1 || all%100 < 2 {
		return Number{}, ErrCheckDigits
	}
	body := all / 100
	n := Number{Series: uint8(body / 1e10), Serial: Serial(body % 1e10)}
	if !n.Valid() || uint64(n.Serial) != body%1e10 {
		return Number{}, ErrUnreadable
	}
	return n, nil
}
