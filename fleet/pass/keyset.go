package pass

import "crypto/ed25519"

const (
	documentVersion = 1
	maxKeyset       = 64 << 10
	maxKeys         = 256
	maxText         = 256
)

// Key is one signing key of an issuer, or of the fleet for mediator cards.
type Key struct {
	ID          KeyID             `json:"kid"`
	Public      ed25519.PublicKey `json:"public"`
	SignFrom    Day               `json:"sign_from"`
	SignUntil   Day               `json:"sign_until"`
	VerifyUntil Day               `json:"verify_until"`
	RevokedAt   *Day              `json:"revoked_at,omitempty"`
}

// Valid reports whether the key's signatures count on a day: not revoked, not
// past VerifyUntil. On the zero Day nobody knows the date, and only
// revocation counts.
func (k Key) Valid(on Day) bool {
	return k.RevokedAt == nil && (on == 0 || on <= k.VerifyUntil)
}

func (k Key) check() error {
	if len(k.Public) != ed25519.PublicKeySize {
		return malformed("public key")
	}
	if k.SignFrom > k.SignUntil || k.SignUntil > k.VerifyUntil {
		return malformed("dates of a key")
	}
	return nil
}

// Keyset is an issuer's published keys.
type Keyset struct {
	V       int    `json:"v"` // 1
	Version uint64 `json:"version"`
	Issuer  Issuer `json:"issuer"`
	Series  uint8  `json:"series"` // first two digits of the issuer's numbers
	Name    string `json:"name"`
	Keys    []Key  `json:"keys"`
}

// ParseKeyset reads and checks a keyset. It fails with [ErrMalformed] or
// [ErrVersion].
func ParseKeyset(data []byte) (Keyset, error) {
	var k Keyset
	if err := decode(data, maxKeyset, &k, "keyset"); err != nil {
		return Keyset{}, err
	}
	if err := k.check(); err != nil {
		return Keyset{}, err
	}
	return k, nil
}

// Encode returns the keyset as JSON. It sets V and fails on what
// [ParseKeyset] would refuse.
func (k Keyset) Encode() ([]byte, error) {
	k.V = documentVersion
	if err := k.check(); err != nil {
		return nil, err
	}
	return encode(k, maxKeyset, "keyset")
}

// Find returns the key with an id.
func (k Keyset) Find(id KeyID) (Key, bool) { return findKey(k.Keys, id) }

func (k Keyset) check() error {
	if k.V != documentVersion {
		return ErrVersion
	}
	if k.Version == 0 || k.Issuer == 0 || k.Series < 1 || k.Series > maxSeries || len(k.Name) > maxText {
		return malformed("keyset")
	}
	return checkKeys(k.Keys)
}

func findKey(keys []Key, id KeyID) (Key, bool) {
	for _, k := range keys {
		if k.ID == id {
			return k, true
		}
	}
	return Key{}, false
}

func checkKeys(keys []Key) error {
	if len(keys) > maxKeys {
		return malformed("too many keys")
	}
	seen := map[KeyID]bool{}
	for _, k := range keys {
		if seen[k.ID] {
			return malformed("key twice")
		}
		seen[k.ID] = true
		if err := k.check(); err != nil {
			return err
		}
	}
	return nil
}
