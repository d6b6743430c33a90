package enroll

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// pendingFile holds the keys of an enrolment that has begun.
const pendingFile = "pending.json"

// pending binds keys to the token they are presented with.
type pending struct {
	Token  []byte `json:"token"` // its hash
	TLS    []byte `json:"tls"`   // SEC 1
	Ledger []byte `json:"ledger_seed"`
}

// pendingKeys returns the keys made for this token, new ones the first time.
func pendingKeys(dir string, token Hash) (identity.Keys, error) {
	if keys, ok := readPending(dir, token); ok {
		return keys, nil
	}
	keys, err := identity.NewKeys()
	if err != nil {
		return identity.Keys{}, err
	}
	return keys, writePending(dir, token, keys)
}

// readPending returns false for another token's keys and for a damaged file:
// damaged keys were never presented, because they are synced before.
func readPending(dir string, token Hash) (identity.Keys, bool) {
	text, err := os.ReadFile(filepath.Join(dir, pendingFile))
	if err != nil {
		return identity.Keys{}, false
	}
	var p pending
	if err := json.Unmarshal(text, &p); err != nil || string(p.Token) != string(token[:]) || len(p.Ledger) != ed25519.SeedSize {
		return identity.Keys{}, false
	}
	key, err := x509.ParseECPrivateKey(p.TLS)
	if err != nil {
		return identity.Keys{}, false
	}
	return identity.Keys{TLS: key, Ledger: ed25519.NewKeyFromSeed(p.Ledger)}, true
}

func writePending(dir string, token Hash, keys identity.Keys) error {
	der, err := x509.MarshalECPrivateKey(keys.TLS)
	if err != nil {
		return err
	}
	text, err := json.Marshal(pending{token[:], der, keys.Ledger.Seed()})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, pendingFile), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
