package pass

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
)

const (
	ledgerPrefix = "mallette-ledger-v1\x00"

	// MaxSealed is the largest sealed record, in bytes.
	MaxSealed = 8 << 10

	maxLine = 16 << 10
)

// NewLogID returns a random log id.
func NewLogID() LogID {
	var id LogID
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the program instead
	return id
}

// ParseLogID reads 16 hexadecimal digits. It fails with [ErrMalformed].
func ParseLogID(text string) (LogID, error) {
	var id LogID
	return id, id.UnmarshalText([]byte(text))
}

// String returns 16 hexadecimal digits.
func (id LogID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText implements [encoding.TextMarshaler].
func (id LogID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (id *LogID) UnmarshalText(text []byte) error { return unhex(id[:], text) }

// String returns 64 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements [encoding.TextMarshaler].
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (h *Hash) UnmarshalText(text []byte) error { return unhex(h[:], text) }

func unhex(dst, text []byte) error {
	if len(text) != 2*len(dst) {
		return malformed("hexadecimal length")
	}
	if _, err := hex.Decode(dst, text); err != nil {
		return malformed("not hexadecimal")
	}
	return nil
}

// Ledger is where a station's log stands: Seq and Head are the last entry's,
// zero before the first.
type Ledger struct {
	Tenant  string
	Station string
	Log     LogID
	Key     ed25519.PrivateKey
	Seq     uint64
	Head    Hash
}

// Next returns the entry that holds a sealed record, and the ledger after it.
// It changes nothing: keep the returned ledger once the entry is on disk.
func (l Ledger) Next(sealed []byte) (Entry, Ledger, error) {
	if len(l.Key) != ed25519.PrivateKeySize {
		return Entry{}, l, fmt.Errorf("next entry: %w", ErrKey)
	}
	line := Line{V: documentVersion, Tenant: l.Tenant, Station: l.Station, Log: l.Log, Seq: l.Seq + 1, Prev: l.Head, Sealed: sealed}
	if err := line.check(); err != nil {
		return Entry{}, l, fmt.Errorf("next entry: %w", err)
	}
	text, err := json.Marshal(line)
	if err != nil {
		return Entry{}, l, fmt.Errorf("next entry: %w", err)
	}
	e := Entry{Line: string(text), Sig: ed25519.Sign(l.Key, append([]byte(ledgerPrefix), text...))}
	l.Seq, l.Head = line.Seq, e.Hash()
	return e, l, nil
}

// Hash returns the link that the next entry's Prev repeats.
func (e Entry) Hash() Hash { return sha256.Sum256([]byte(e.Line)) }

// Verify checks the signature of the station's ledger key over the exact line.
// It fails with [ErrSignature], or [ErrKey] when pub has the wrong size.
func (e Entry) Verify(pub ed25519.PublicKey) error {
	if len(pub) != ed25519.PublicKeySize {
		return fmt.Errorf("verify entry: %w", ErrKey)
	}
	if !ed25519.Verify(pub, append([]byte(ledgerPrefix), e.Line...), e.Sig) {
		return ErrSignature
	}
	return nil
}

// Open parses the line without checking its signature. It fails with
// [ErrMalformed] or [ErrVersion].
func (e Entry) Open() (Line, error) {
	var l Line
	if err := decode([]byte(e.Line), maxLine, &l, "ledger line"); err != nil {
		return Line{}, err
	}
	if l.V != documentVersion {
		return Line{}, ErrVersion
	}
	if err := l.check(); err != nil {
		return Line{}, err
	}
	return l, nil
}

func (l Line) check() error {
	if l.Tenant == "" || len(l.Tenant) > 32 || l.Station == "" || len(l.Station) > 32 || l.Log == (LogID{}) {
		return malformed("ledger line")
	}
	if l.Seq == 0 || l.Seq > math.MaxInt64 || (l.Seq == 1) != (l.Prev == Hash{}) {
		return malformed("sequence")
	}
	if len(l.Sealed) == 0 || len(l.Sealed) > MaxSealed {
		return malformed("sealed record")
	}
	return nil
}
