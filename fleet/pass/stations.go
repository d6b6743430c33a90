package pass

import "crypto/ed25519"

const maxStations = 1 << 20

// Stations is the public ledger keys of a tenant's stations: by them a station
// knows, offline, that another one signed what it is shown. It does not say
// which key is whose.
type Stations struct {
	V       int                 `json:"v"` // 1
	Version uint64              `json:"version"`
	Tenant  string              `json:"tenant"`
	Keys    []ed25519.PublicKey `json:"keys"`
}

// ParseStations reads and checks the document. It fails with [ErrMalformed] or
// [ErrVersion].
func ParseStations(data []byte) (Stations, error) {
	var s Stations
	if err := decode(data, maxStations, &s, "list of stations"); err != nil {
		return Stations{}, err
	}
	if err := s.check(); err != nil {
		return Stations{}, err
	}
	return s, nil
}

// Encode returns the document as JSON. It sets V and fails on what
// [ParseStations] would refuse.
func (s Stations) Encode() ([]byte, error) {
	s.V = documentVersion
	if err := s.check(); err != nil {
		return nil, err
	}
	return encode(s, maxStations, "list of stations")
}

// Signed reports whether a station of the list signed the card.
func (s Stations) Signed(card SignedOwn) bool {
	for _, key := range s.Keys {
		if card.Verify(key) == nil {
			return true
		}
	}
	return false
}

func (s Stations) check() error {
	if s.V != documentVersion {
		return ErrVersion
	}
	if s.Version == 0 || s.Tenant == "" || len(s.Tenant) > 32 {
		return malformed("list of stations")
	}
	for _, key := range s.Keys {
		if len(key) != ed25519.PublicKeySize {
			return malformed("list of stations")
		}
	}
	return nil
}
