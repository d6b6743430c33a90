package pass

import (
	"encoding/json"
	"errors"
	"fmt"
)

// What can be wrong with a code, a signature or a document. None ever carries
// the text that was read.
var (
	// ErrUnreadable says that a text is no code of any kind.
	ErrUnreadable = errors.New("not a readable code")
	// ErrCheckDigits says that a number's check digits do not fit: somebody
	// mistyped it.
	ErrCheckDigits = errors.New("check digits do not fit")
	// ErrVersion says that a code or document is of a version this release
	// does not know.
	ErrVersion = errors.New("unknown version")
	// ErrSignature says that a signature is not the key's.
	ErrSignature = errors.New("signature does not verify")
	// ErrKey says that a signing or verifying key has the wrong size.
	ErrKey = errors.New("not an Ed25519 key")
	// ErrMalformed says that a document lacks a field or has one out of range.
	ErrMalformed = errors.New("malformed document")
)

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// decode reads one JSON object of at most limit bytes. Unknown fields are
// ignored: documents are only ever extended.
func decode(data []byte, limit int, v any, what string) error {
	if len(data) > limit {
		return fmt.Errorf("%w: %s over %d bytes", ErrMalformed, what, limit)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return malformed("not a " + what)
	}
	return nil
}

func encode(v any, limit int, what string) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", what, err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("encode %s: %w: over %d bytes", what, ErrMalformed, limit)
	}
	return data, nil
}
