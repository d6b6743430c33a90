package pass_test

import "math/big"

// laterVersion raises the payload's version byte of a pass's digits.
func laterVersion(digits string) string {
	n, _ := new(big.Int).SetString(digits, 10)
	b := n.Bytes()
	b[1]++
	return new(big.Int).SetBytes(b).String()
}
