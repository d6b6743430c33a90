package enroll

import (
	"crypto/ed25519"
	"crypto/sha256"
	"strings"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// Code is what a station without a token shows on its screen, and a technician
// types at the fleet: "KF7D9QXM2TPA". It is computed from the authority that
// the station sees and the keys that it made, by both sides apart, so that
// nobody in between can show his own authority to the one and his own keys to
// the other: 60 bits would have to agree.
type Code string

// alphabet has no letter that is taken for a digit.
const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// codeLength is how many characters of five bits a code has.
const codeLength = 12

// codeOf returns the code of the keys in front of that authority.
func codeOf(root identity.Fingerprint, csr []byte, ledger ed25519.PublicKey) Code {
	h := sha256.New()
	h.Write([]byte("mallette-code-v1\x00"))
	h.Write(root[:])
	sum := sha256.Sum256(csr)
	h.Write(sum[:])
	h.Write(ledger)
	digest := h.Sum(nil)
	code := make([]byte, codeLength)
	for i := range code {
		bit := 5 * i
		pair := uint16(digest[bit/8])<<8 | uint16(digest[bit/8+1])
		code[i] = alphabet[pair>>(11-bit%8)&31]
	}
	return Code(code)
}

// ParseCode reads a code as somebody typed it: in either case, with dashes and
// blanks. Its errors are of [KindUnreadable].
func ParseCode(text string) (Code, error) {
	if len(text) > 64 {
		return "", fail(KindUnreadable, nil)
	}
	typed := strings.ToUpper(strings.NewReplacer("-", "", " ", "", "\t", "", "\u00a0", "", "\u202f", "").Replace(strings.TrimSpace(text)))
	if len(typed) != codeLength || strings.Trim(typed, alphabet) != "" {
		return "", fail(KindUnreadable, nil)
	}
	return Code(typed), nil
}

// String writes the code in groups of four, as it is shown.
func (c Code) String() string {
	if len(c) != codeLength {
		return ""
	}
	return string(c[:4]) + "-" + string(c[4:8]) + "-" + string(c[8:])
}
