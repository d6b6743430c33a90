package pass

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
)

// The code's first byte says what it is and keeps leading zeros; the payload
// follows, then the signature.
const (
	codePass = 0x01
	codeCard = 0x02

	payloadVersion = 1
	payloadSize    = 13
	signedSize     = 1 + payloadSize + ed25519.SignatureSize
	signedDigits   = 186

	passPrefix = "mallette-pass-v1\x00"
)

// Payload is what a pass states about itself. NotAfter is the date of use
// printed in the code; a known [Manifest] overrides it.
type Payload struct {
	Issuer   Issuer
	Key      KeyID
	Batch    Batch
	Serial   Serial
	NotAfter Day
}

// Signed is a payload with its issuer's signature, as the QR code carries it.
// Nothing is believed before [Signed.Verify].
type Signed struct {
	Payload   Payload
	Signature [ed25519.SignatureSize]byte
}

// Sign signs the payload with the private key of its Key. It fails on a batch
// over [MaxBatch], a zero issuer, batch or serial, and on a key that is none.
func (p Payload) Sign(priv ed25519.PrivateKey) (Signed, error) {
	if p.Issuer == 0 || p.Batch == 0 || p.Batch > MaxBatch || p.Serial == 0 {
		return Signed{}, malformed("payload")
	}
	sig, err := sign(priv, passPrefix, p.bytes())
	if err != nil {
		return Signed{}, err
	}
	return Signed{Payload: p, Signature: sig}, nil
}

func (p Payload) bytes() []byte {
	b := make([]byte, 0, payloadSize)
	b = append(b, payloadVersion)
	b = binary.BigEndian.AppendUint16(b, uint16(p.Issuer))
	b = append(b, byte(p.Key), byte(p.Batch>>16), byte(p.Batch>>8), byte(p.Batch))
	b = binary.BigEndian.AppendUint32(b, uint32(p.Serial))
	return binary.BigEndian.AppendUint16(b, uint16(p.NotAfter))
}

func parsePayload(b []byte) Payload {
	return Payload{
		Issuer:   Issuer(binary.BigEndian.Uint16(b[1:])),
		Key:      KeyID(b[3]),
		Batch:    Batch(binary.BigEndian.Uint32(b[3:])) & MaxBatch,
		Serial:   Serial(binary.BigEndian.Uint32(b[7:])),
		NotAfter: Day(binary.BigEndian.Uint16(b[11:])),
	}
}

// Digits returns the 186 decimal digits of the QR code.
func (s Signed) Digits() string {
	return decimal(codePass, s.Payload.bytes(), s.Signature)
}

// Verify checks the signature. It fails with [ErrSignature], or [ErrKey] when
// pub has the wrong size.
func (s Signed) Verify(pub ed25519.PublicKey) error {
	return verify(pub, passPrefix, s.Payload.bytes(), s.Signature)
}

// Genuine returns the pass's entry in a [Manifest]'s list of genuine passes:
// the first eight bytes of the SHA-256 of its signature, in base64url.
func (s Signed) Genuine() string {
	sum := sha256.Sum256(s.Signature[:])
	return base64.RawURLEncoding.EncodeToString(sum[:genuineSize])
}

func sign(priv ed25519.PrivateKey, prefix string, payload []byte) (sig [64]byte, err error) {
	if len(priv) != ed25519.PrivateKeySize {
		return sig, fmt.Errorf("sign: %w", ErrKey)
	}
	copy(sig[:], ed25519.Sign(priv, append([]byte(prefix), payload...)))
	return sig, nil
}

func verify(pub ed25519.PublicKey, prefix string, payload []byte, sig [64]byte) error {
	if len(pub) != ed25519.PublicKeySize {
		return fmt.Errorf("verify: %w", ErrKey)
	}
	if !ed25519.Verify(pub, append([]byte(prefix), payload...), sig[:]) {
		return ErrSignature
	}
	return nil
}

func decimal(kind byte, payload []byte, sig [64]byte) string {
	b := append([]byte{kind}, payload...)
	return new(big.Int).SetBytes(append(b, sig[:]...)).String()
}
