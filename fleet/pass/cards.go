package pass

import "slices"

const (
	maxCards   = 1 << 20
	maxRevoked = 1 << 16
	maxPINs    = 4096
)

// Cards is what a station needs to open mediator mode offline: the keys that
// sign a tenant's cards, the cards that were revoked, and the PINs.
type Cards struct {
	V       int      `json:"v"` // 1
	Version uint64   `json:"version"`
	Tenant  string   `json:"tenant"`
	Keys    []Key    `json:"keys"`
	Revoked []CardID `json:"revoked,omitempty"`
	PINs    []PIN    `json:"pins,omitempty"`
}

// PIN opens mediator mode where there is no card reader. Hash is argon2id in
// PHC form, see [ParsePHC]; Structure 0 is any structure of the tenant.
type PIN struct {
	Structure Structure `json:"structure,omitempty"`
	Hash      string    `json:"hash"`
}

// ParseCards reads and checks the document. It fails with [ErrMalformed] or
// [ErrVersion].
func ParseCards(data []byte) (Cards, error) {
	var c Cards
	if err := decode(data, maxCards, &c, "cards"); err != nil {
		return Cards{}, err
	}
	if err := c.check(); err != nil {
		return Cards{}, err
	}
	return c, nil
}

// Encode returns the document as JSON. It sets V and fails on what
// [ParseCards] would refuse.
func (c Cards) Encode() ([]byte, error) {
	c.V = documentVersion
	if err := c.check(); err != nil {
		return nil, err
	}
	return encode(c, maxCards, "cards")
}

// Find returns the key with an id.
func (c Cards) Find(id KeyID) (Key, bool) { return findKey(c.Keys, id) }

// IsRevoked reports whether a card was revoked.
func (c Cards) IsRevoked(id CardID) bool { return slices.Contains(c.Revoked, id) }

func (c Cards) check() error {
	if c.V != documentVersion {
		return ErrVersion
	}
	if c.Version == 0 || c.Tenant == "" || len(c.Tenant) > 32 || len(c.Revoked) > maxRevoked || len(c.PINs) > maxPINs {
		return malformed("cards")
	}
	for _, p := range c.PINs {
		if _, err := ParsePHC(p.Hash); err != nil {
			return err
		}
	}
	return checkKeys(c.Keys)
}
