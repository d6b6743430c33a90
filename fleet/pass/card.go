package pass

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
)

const (
	cardVersion    = 1
	cardSize       = 18
	signedCardSize = 1 + cardSize + ed25519.SignatureSize
	cardPrefix     = "mallette-card-v1\x00"
	tenantPrefix   = "mallette-tenant-v1\x00"
)

// CardID numbers a mediator card of a tenant; 0 is none.
type CardID uint32

// Card opens mediator mode at the stations of a structure. It names no person.
type Card struct {
	Key       KeyID
	Tenant    uint32    // [TenantTag] of the tenant
	Structure Structure // 0: any structure of the tenant
	ID        CardID
	NotBefore Day
	NotAfter  Day
}

// SignedCard is a card with the tenant's signature, as its QR code carries it.
type SignedCard struct {
	Card      Card
	Signature [ed25519.SignatureSize]byte
}

// TenantTag shortens a tenant's name to what fits a card. Two tenants of one
// server have different card keys, so a collision opens nothing.
func TenantTag(tenant string) uint32 {
	sum := sha256.Sum256([]byte(tenantPrefix + tenant))
	return binary.BigEndian.Uint32(sum[:])
}

// Sign signs the card with the private key of its Key.
func (c Card) Sign(priv ed25519.PrivateKey) (SignedCard, error) {
	if err := c.check(); err != nil {
		return SignedCard{}, err
	}
	sig, err := sign(priv, cardPrefix, c.bytes())
	if err != nil {
		return SignedCard{}, err
	}
	return SignedCard{Card: c, Signature: sig}, nil
}

// Valid reports whether the card may be used on a day. On the zero Day nobody
// knows the date, and the card counts.
func (c Card) Valid(on Day) bool { return on == 0 || on >= c.NotBefore && on <= c.NotAfter }

// Digits returns the 198 decimal digits of the QR code.
func (s SignedCard) Digits() string { return decimal(codeCard, s.Card.bytes(), s.Signature) }

// Verify checks the signature. It fails with [ErrSignature], or [ErrKey] when
// pub has the wrong size.
func (s SignedCard) Verify(pub ed25519.PublicKey) error {
	return verify(pub, cardPrefix, s.Card.bytes(), s.Signature)
}

func (c Card) check() error {
	if c.ID == 0 || c.NotBefore > c.NotAfter {
		return malformed("card")
	}
	return nil
}

func (c Card) bytes() []byte {
	b := make([]byte, 0, cardSize)
	b = append(b, cardVersion, byte(c.Key))
	b = binary.BigEndian.AppendUint32(b, c.Tenant)
	b = binary.BigEndian.AppendUint32(b, uint32(c.Structure))
	b = binary.BigEndian.AppendUint32(b, uint32(c.ID))
	b = binary.BigEndian.AppendUint16(b, uint16(c.NotBefore))
	return binary.BigEndian.AppendUint16(b, uint16(c.NotAfter))
}

func parseCard(b []byte) Card {
	return Card{
		Key:       KeyID(b[1]),
		Tenant:    binary.BigEndian.Uint32(b[2:]),
		Structure: Structure(binary.BigEndian.Uint32(b[6:])),
		ID:        CardID(binary.BigEndian.Uint32(b[10:])),
		NotBefore: Day(binary.BigEndian.Uint16(b[14:])),
		NotAfter:  Day(binary.BigEndian.Uint16(b[16:])),
	}
}
