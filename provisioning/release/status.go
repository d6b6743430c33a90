package release

import (
	"fmt"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// RootStatus is what a root says of itself.
type RootStatus struct {
	Version   int64
	Expires   time.Time
	Threshold int      // how many of Keys have to sign the next root
	Keys      []string // identifiers
	Signed    []string // identifiers of keys that have signed this one, verified or not
}

// ReadRoot reads a root. It verifies nothing.
func ReadRoot(root []byte) (RootStatus, error) {
	m, err := metadata.Root().FromBytes(root)
	if err != nil || m.Signed.Roles[roleRoot] == nil {
		return RootStatus{}, fmt.Errorf("read root: %w", ErrUntrusted)
	}
	return statusOf(m), nil
}

func statusOf(m *rootMeta) RootStatus {
	role := m.Signed.Roles[roleRoot]
	return RootStatus{Version: m.Signed.Version, Expires: m.Signed.Expires, Threshold: role.Threshold, Keys: role.KeyIDs, Signed: signers(m.Signatures)}
}

func signers(all []metadata.Signature) []string {
	var ids []string
	for _, one := range all {
		ids = append(ids, one.KeyID)
	}
	return ids
}

// RequestStatus is what a request asks for, and who has signed it so far.
type RequestStatus struct {
	Root    *RootStatus           // nil: stays as it is
	Roles   map[string]RoleStatus // targets, and base where it is signed again
	Server  map[string][]string   // keys that the server will sign with, by role
	Contact *Contact              // nil: stays as it is
}

// RoleStatus is one list of a request.
type RoleStatus struct {
	Keys   []string
	Signed bool
}

// Status reads a request. It verifies no signature.
func (q Request) Status() (RequestStatus, error) {
	a, err := q.parse()
	if err != nil {
		return RequestStatus{}, fmt.Errorf("read request: %w", err)
	}
	role := func(keys []string, m *targetsMeta) RoleStatus {
		return RoleStatus{keys, slices.ContainsFunc(signers(m.Signatures), func(id string) bool { return slices.Contains(keys, id) })}
	}
	s := RequestStatus{Roles: map[string]RoleStatus{}}
	if len(q.Root) > 0 {
		root := statusOf(a.root)
		s.Root = &root
	}
	if a.targets != nil {
		s.Roles[roleTargets] = role(a.root.Signed.Roles[roleTargets].KeyIDs, a.targets)
	}
	if a.base != nil {
		s.Roles[roleBase] = role(a.keysOf(roleBase), a.base)
	}
	s.Server = a.server()
	if len(q.Contact) > 0 {
		c, err := ParseContact(q.Contact)
		if err != nil {
			return RequestStatus{}, fmt.Errorf("read request: %w", err)
		}
		s.Contact = &c
	}
	return s, nil
}

// server lists the keys that the server will sign with, where they may be others.
func (a asked) server() map[string][]string {
	keys := map[string][]string{}
	for _, name := range []string{roleSnapshot, roleTimestamp} {
		keys[name] = a.root.Signed.Roles[name].KeyIDs
	}
	if a.targets == nil {
		return keys
	}
	for _, d := range a.targets.Signed.Delegations.Roles {
		if online(d.Name) {
			keys[d.Name] = d.KeyIDs
		}
	}
	return keys
}
