package release

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// RootStatus is what a root says of itself.
type RootStatus struct {
	Version   int64
	Expires   time.Time
	Threshold int      // how many of Keys have to sign the next root
	Keys      []string // identifiers
	Signed    []string // identifiers of keys that have signed this one, verified or not
}

// ReadRoot reads a root, or a request for one. It verifies nothing.
func ReadRoot(root []byte) (RootStatus, error) {
	m, err := metadata.Root().FromBytes(root)
	if err != nil || m.Signed.Roles[roleRoot] == nil {
		return RootStatus{}, fmt.Errorf("read root: %w", ErrUntrusted)
	}
	s := RootStatus{Version: m.Signed.Version, Expires: m.Signed.Expires, Threshold: m.Signed.Roles[roleRoot].Threshold, Keys: m.Signed.Roles[roleRoot].KeyIDs}
	for _, one := range m.Signatures {
		s.Signed = append(s.Signed, one.KeyID)
	}
	return s, nil
}

// KeyID returns the identifier of a key as roots name it.
func KeyID(key ed25519.PublicKey) (string, error) {
	k, err := metadata.KeyFromPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("name key: %w", err)
	}
	return k.ID()
}

// RequestRoot makes the root after the given one, not signed: valid for another
// five years, without the root keys that retire, with those that are added. It
// fails with [ErrUntrusted] when a key is not there, or too few would be left for
// one to be lost.
func RequestRoot(root []byte, retire []string, add []ed25519.PublicKey, now time.Time) ([]byte, error) {
	m, err := metadata.Root().FromBytes(root)
	if err != nil {
		return nil, fmt.Errorf("request root: %w", ErrUntrusted)
	}
	m.ClearSignatures()
	m.Signed.Version++
	m.Signed.Expires = until(now, rootLife)
	for _, id := range retire {
		if err := m.Signed.RevokeKey(id, roleRoot); err != nil {
			return nil, fmt.Errorf("request root: %w: %w", ErrUntrusted, err)
		}
	}
	for _, key := range add {
		k, err := metadata.KeyFromPublicKey(key)
		if err == nil {
			err = m.Signed.AddKey(k, roleRoot)
		}
		if err != nil {
			return nil, fmt.Errorf("request root: %w", err)
		}
	}
	if role := m.Signed.Roles[roleRoot]; len(role.KeyIDs) <= role.Threshold {
		return nil, fmt.Errorf("request root: %w: a lost key would be the end", ErrUntrusted)
	}
	return m.ToBytes(true)
}

// SignRoot adds a key's signature to a request. Enough keys of the root before,
// and enough of the new one, have to sign.
func SignRoot(request []byte, key ed25519.PrivateKey) ([]byte, error) {
	m, err := metadata.Root().FromBytes(request)
	if err != nil {
		return nil, fmt.Errorf("sign root: %w", ErrUntrusted)
	}
	id, err := KeyID(key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("sign root: %w", err)
	}
	m.Signatures = slices.DeleteFunc(m.Signatures, func(s metadata.Signature) bool { return s.KeyID == id })
	signer, err := signature.LoadED25519Signer(key)
	if err == nil {
		_, err = m.Sign(signer)
	}
	if err != nil {
		return nil, fmt.Errorf("sign root: %w", err)
	}
	return m.ToBytes(true)
}

// AdoptRoot takes a request once enough keys have signed it: stations climb to it
// from the one before. It fails with [ErrUntrusted] when too few have, and with
// [ErrStale] when it was made from another root than the newest.
func (r *Repository) AdoptRoot(root []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, err := metadata.Root().FromBytes(root)
	if err != nil {
		return fmt.Errorf("adopt root: %w", ErrUntrusted)
	}
	if m.Signed.Version != r.at.root.Signed.Version+1 {
		return fmt.Errorf("adopt root: %w", ErrStale)
	}
	old, err := r.at.root.ToBytes(false)
	if err != nil {
		return fmt.Errorf("adopt root: %w", err)
	}
	t, err := trustedmetadata.New(old)
	if err == nil {
		_, err = t.UpdateRoot(root)
	}
	if err != nil {
		return fmt.Errorf("adopt root: %w: %w", ErrUntrusted, err)
	}
	if err := r.serves(m); err != nil {
		return fmt.Errorf("adopt root: %w", err)
	}
	if err := writeFile(r.metadataFile(m.Signed.Version, roleRoot), root, 0o644); err != nil {
		return fmt.Errorf("adopt root: %w", err)
	}
	r.at.root = m
	return nil
}

// serves holds a new root against what the server goes on signing: one that
// stations could not get past would be the end of all of them.
func (r *Repository) serves(root *rootMeta) error {
	for _, err := range []error{
		root.VerifyDelegate(roleTargets, r.at.roles[roleTargets]),
		root.VerifyDelegate(roleSnapshot, r.at.snapshot),
		root.VerifyDelegate(roleTimestamp, r.at.timestamp),
	} {
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUntrusted, err)
		}
	}
	return nil
}
