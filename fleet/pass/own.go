package pass

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
)

const (
	codeOwn       = 0x03
	ownVersion    = 1
	ownSize       = 15
	signedOwnSize = 1 + ownSize + ed25519.SignatureSize
	ownPrefix     = "mallette-own-v1\x00"
)

// Month counts months since January 2020, which is 1; 0 is unknown.
type Month uint16

// OwnCard is "ma carte": what a person takes away from a station and may show
// at the next. It names nobody and has no number, so that two cards of one
// person cannot be told from the cards of two. What its fields mean is
// device/portfolio's.
type OwnCard struct {
	Signer [4]byte // [SignerTag] of the station that made it
	Month  Month   // when it was made, no finer
	First  uint8   // level when the person first looked, 1 to 5; 0: never
	Level  uint8   // level when the person last looked; 0: never
	Traits [3]uint8
	Themes uint32 // what was lived, a bit each
	Marks  uint16 // what else is said, a bit each
}

// SignedOwn is an own card with the signature of a station's ledger key.
type SignedOwn struct {
	Card      OwnCard
	Signature [ed25519.SignatureSize]byte
}

// SignerTag shortens a station's public key to what fits a card.
func SignerTag(pub ed25519.PublicKey) [4]byte {
	sum := sha256.Sum256(append([]byte(ownPrefix), pub...))
	return [4]byte(sum[:])
}

// Sign signs the card, and sets its Signer, with a station's ledger key.
func (c OwnCard) Sign(priv ed25519.PrivateKey) (SignedOwn, error) {
	if len(priv) != ed25519.PrivateKeySize {
		return SignedOwn{}, ErrKey
	}
	c.Signer = SignerTag(priv.Public().(ed25519.PublicKey))
	if err := c.check(); err != nil {
		return SignedOwn{}, err
	}
	sig, err := sign(priv, ownPrefix, c.bytes())
	return SignedOwn{Card: c, Signature: sig}, err
}

// Digits returns the 191 decimal digits of the QR code.
func (s SignedOwn) Digits() string { return decimal(codeOwn, s.Card.bytes(), s.Signature) }

// Verify checks the signature. It fails with [ErrSignature], or [ErrKey] when
// pub is not the signer's.
func (s SignedOwn) Verify(pub ed25519.PublicKey) error {
	if SignerTag(pub) != s.Card.Signer {
		return ErrKey
	}
	return verify(pub, ownPrefix, s.Card.bytes(), s.Signature)
}

func (c OwnCard) check() error {
	if c.First > 5 || c.Level > 5 || c.Traits[0] > 3 || c.Traits[1] > 3 || c.Traits[2] > 3 {
		return malformed("card")
	}
	return nil
}

func (c OwnCard) bytes() []byte {
	b := append(make([]byte, 0, ownSize), ownVersion)
	b = append(b, c.Signer[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(c.Month))
	b = append(b, c.First<<4|c.Level, c.Traits[0]<<4|c.Traits[1]<<2|c.Traits[2])
	b = binary.BigEndian.AppendUint32(b, c.Themes)
	return binary.BigEndian.AppendUint16(b, c.Marks)
}

// readOwn reads b without its first byte. What check would not let out again,
// and bits of no field, are refused.
func readOwn(b []byte) (Code, error) {
	s := SignedOwn{Signature: [ed25519.SignatureSize]byte(b[ownSize:]), Card: OwnCard{
		Signer: [4]byte(b[1:]), Month: Month(binary.BigEndian.Uint16(b[5:])), First: b[7] >> 4, Level: b[7] & 15,
		Traits: [3]uint8{b[8] >> 4, b[8] >> 2 & 3, b[8] & 3}, Themes: binary.BigEndian.Uint32(b[9:]), Marks: binary.BigEndian.Uint16(b[13:]),
	}}
	if err := s.Card.check(); err != nil {
		return Code{}, ErrUnreadable
	}
	return Code{Kind: KindOwn, Own: s}, nil
}
