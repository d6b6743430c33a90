package pass

import (
	"crypto/ed25519"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CodeKind is what a code is.
type CodeKind uint8

// The kinds of code. The zero kind is none.
const (
	KindSigned  CodeKind = iota + 1 // a signed pass, from its QR code
	KindNumber                      // a pass's number, from its bars or typed
	KindCard                        // a mediator card
	KindForeign                     // the code of another issuer
	KindOwn                         // "ma carte", a person's own
)

// Code is something that was shown or typed. Only the field of its Kind is set.
type Code struct {
	Kind    CodeKind
	Signed  Signed
	Number  Number
	Card    SignedCard
	Foreign string
	Own     SignedOwn
}

const (
	maxRead    = 2048 // bytes looked at: 198 digits, wide and spaced
	minForeign = 4    // runes
	maxForeign = 128
)

// Read tells what a scanner, a camera or a person's typing gave. It accepts
// digits in groups, wide digits, the digits of a scanner that a French
// keyboard layout garbled, symbology prefixes and control characters around
// the code. Any other printable text of 4 to 128 characters is a foreign code.
//
// It fails with [ErrUnreadable], [ErrCheckDigits] (14 digits, one mistyped) or
// [ErrVersion]. It verifies no signature.
func Read(text string) (Code, error) {
	if len(text) > maxRead || !utf8.ValidString(text) {
		return Code{}, ErrUnreadable
	}
	text = tidy(text)
	digits, ok := digitsOf(text)
	switch {
	case ok && len(digits) == numberDigits:
		n, err := parseNumber(digits)
		return codeOrError(Code{Kind: KindNumber, Number: n}, err)
	case ok && len(digits) > maxForeign:
		return readSigned(digits)
	case ok && !strings.ContainsAny(text, "-._"):
		return readForeign(digits)
	}
	return readForeign(text)
}

func codeOrError(c Code, err error) (Code, error) {
	if err != nil {
		return Code{}, err
	}
	return c, nil
}

// readSigned reads the decimal form of a signed pass or card. Digits of
// another length or first byte may come from a later release: ErrVersion, when
// they have the shape of one.
func readSigned(digits string) (Code, error) {
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok || digits[0] == '0' {
		return Code{}, ErrUnreadable
	}
	b := n.Bytes()
	switch {
	case b[0] == codePass && b[1] == payloadVersion && len(b) == signedSize:
		return readPass(b[1:])
	case b[0] == codeCard && b[1] == cardVersion && len(b) == signedCardSize:
		return readCard(b[1:])
	case b[0] == codeOwn && b[1] == ownVersion && len(b) == signedOwnSize:
		return readOwn(b[1:])
	case b[0] >= codePass && b[0] <= codeOwn && b[1] > 1:
		return Code{}, ErrVersion
	}
	return Code{}, ErrUnreadable
}

func readPass(b []byte) (Code, error) {
	s := Signed{Payload: parsePayload(b), Signature: [ed25519.SignatureSize]byte(b[payloadSize:])}
	if s.Payload.Issuer == 0 || s.Payload.Batch == 0 || s.Payload.Serial == 0 {
		return Code{}, ErrUnreadable
	}
	return Code{Kind: KindSigned, Signed: s}, nil
}

func readCard(b []byte) (Code, error) {
	s := SignedCard{Card: parseCard(b), Signature: [ed25519.SignatureSize]byte(b[cardSize:])}
	if err := s.Card.check(); err != nil {
		return Code{}, ErrUnreadable
	}
	return Code{Kind: KindCard, Card: s}, nil
}

func readForeign(text string) (Code, error) {
	text = strings.Join(strings.Fields(text), " ")
	n := utf8.RuneCountInString(text)
	if n < minForeign || n > maxForeign || !printable(text) {
		return Code{}, ErrUnreadable
	}
	return Code{Kind: KindForeign, Foreign: text}, nil
}

func printable(text string) bool {
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
