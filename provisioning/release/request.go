package release

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// ErrNothingToSign says that a key signs nothing in a request.
var ErrNothingToSign = errors.New("key signs nothing here")

// Request is signed by the holders of offline keys, each on a machine of their
// own, and taken back by [Repository.AdoptRequest] as a whole: the next root, the
// next list of delegations and the list of base releases, as far as the change
// touches them.
type Request struct {
	V       int             `json:"v"`      // 1
	Before  json.RawMessage `json:"before"` // the root that it follows
	Root    json.RawMessage `json:"root,omitempty"`
	Targets json.RawMessage `json:"targets,omitempty"`
	Base    json.RawMessage `json:"base,omitempty"`
	Contact []byte          `json:"contact,omitempty"` // content of the target, when it is new
}

// ParseRequest reads a request, signed or not. It verifies nothing.
func ParseRequest(text []byte) (Request, error) {
	var q Request
	if len(text) > maxRequest || json.Unmarshal(text, &q) != nil || q.V != 1 {
		return Request{}, fmt.Errorf("read request: %w", ErrUntrusted)
	}
	if _, err := q.parse(); err != nil {
		return Request{}, fmt.Errorf("read request: %w", err)
	}
	return q, nil
}

// maxRequest is more than the largest root, list of delegations and list of base
// releases.
const maxRequest = 2*maxRoot + 2*maxRole + maxContact

// Encode returns the request as a file.
func (q Request) Encode() ([]byte, error) { return json.MarshalIndent(q, "", "  ") }

// asked is a request's parts. Where the root stays as it is, it is that before;
// lists that stay are nil.
type asked struct {
	root          *rootMeta
	targets, base *targetsMeta
}

func (q Request) parse() (a asked, err error) {
	root := q.Root
	if len(root) == 0 {
		root = q.Before
	}
	if a.root, err = metadata.Root().FromBytes(root); err == nil && len(q.Targets) > 0 {
		a.targets, err = metadata.Targets().FromBytes(q.Targets)
	}
	if err == nil && len(q.Base) > 0 {
		a.base, err = parseList(q.Base)
	}
	whole := err == nil && hasRoles(a.root) &&
		(a.targets != nil && a.targets.Signed.Delegations != nil || a.targets == nil && a.base == nil && len(q.Root) > 0)
	if !whole {
		return asked{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return a, nil
}

func hasRoles(root *rootMeta) bool {
	for _, role := range []string{roleRoot, roleTargets, roleSnapshot, roleTimestamp} {
		if root.Signed.Roles[role] == nil {
			return false
		}
	}
	return true
}

// Sign adds a key's signature to whatever of the request it is asked for, and
// fails with [ErrNothingToSign] when that is nothing. Keys of the root before
// sign too: stations climb from it.
func (q Request) Sign(key ed25519.PrivateKey) (Request, error) {
	a, err := q.parse()
	if err != nil {
		return q, fmt.Errorf("sign request: %w", err)
	}
	id, err := KeyID(key.Public().(ed25519.PublicKey))
	if err != nil {
		return q, fmt.Errorf("sign request: %w", err)
	}
	signed := false
	add := func(part *json.RawMessage, keys []string, again func() ([]byte, error)) {
		if err == nil && len(*part) > 0 && slices.Contains(keys, id) {
			signed = true
			*part, err = again()
		}
	}
	add(&q.Root, append(rootKeysOf(q.Before), a.root.Signed.Roles[roleRoot].KeyIDs...), func() ([]byte, error) { return addSignature(a.root, id, key) })
	add(&q.Targets, a.root.Signed.Roles[roleTargets].KeyIDs, func() ([]byte, error) { return addSignature(a.targets, id, key) })
	add(&q.Base, a.keysOf(roleBase), func() ([]byte, error) { return addSignature(a.base, id, key) })
	if err == nil && !signed {
		err = ErrNothingToSign
	}
	if err != nil {
		return q, fmt.Errorf("sign request: %w", err)
	}
	return q, nil
}

func rootKeysOf(root []byte) []string {
	m, err := metadata.Root().FromBytes(root)
	if err != nil || m.Signed.Roles[roleRoot] == nil {
		return nil
	}
	return m.Signed.Roles[roleRoot].KeyIDs
}

// keysOf returns the keys of a delegated role.
func keysOf(targets *targetsMeta, role string) []string {
	for _, r := range targets.Signed.Delegations.Roles {
		if r.Name == role {
			return r.KeyIDs
		}
	}
	return nil
}

func addSignature[T metadata.Roles](m *metadata.Metadata[T], id string, key ed25519.PrivateKey) ([]byte, error) {
	m.Signatures = slices.DeleteFunc(m.Signatures, func(s metadata.Signature) bool { return s.KeyID == id })
	signer, err := signature.LoadED25519Signer(key)
	if err == nil {
		_, err = m.Sign(signer)
	}
	if err != nil {
		return nil, err
	}
	return m.ToBytes(true)
}

// KeyID returns the identifier of a key as metadata names it.
func KeyID(key ed25519.PublicKey) (string, error) {
	k, err := metadata.KeyFromPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("name key: %w", err)
	}
	return k.ID()
}
