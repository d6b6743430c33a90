package release

import (
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Standing is what a repository is signed with now: what a [Request] starts from.
type Standing struct {
	Root    []byte `json:"root"`
	Targets []byte `json:"targets"`
	Base    []byte `json:"base,omitempty"` // none: a repository from before there were base releases
	// Next are the public halves of the server's next keys, by role, when
	// [Repository.Standing] was asked for some.
	Next map[string][]byte `json:"next,omitempty"`
}

// Change is what the holders of offline keys want to be different.
type Change struct {
	RetireRoot []string            // identifiers of root keys, lost or stolen
	AddRoot    []ed25519.PublicKey // root keys
	Targets    ed25519.PublicKey   // the next key of the targets role; nil: as it is
	Base       ed25519.PublicKey   // the next key of base releases; nil: as it is
	Contact    *Contact            // where stations find the fleet; nil: as it is
}

// NewRequest prepares a change, not signed. The server's next keys take the place
// of those it has, if there are any in standing. A change of nothing renews what
// offline keys sign for its full time. It fails with [ErrUntrusted] when a key
// is not there, or too few root keys would be left for one to be lost.
func NewRequest(standing Standing, c Change, now time.Time) (Request, error) {
	root, targets, base, err := standing.parse()
	if err != nil {
		return Request{}, fmt.Errorf("make request: %w", err)
	}
	q := Request{V: 1, Before: standing.Root}
	delegations := c.Base != nil || c.Contact != nil
	keys := len(c.RetireRoot)+len(c.AddRoot) > 0
	all := c.Targets != nil || len(standing.Next) > 0 || !delegations && !keys
	if all || keys {
		err = q.nextRoot(root, standing, c, now)
	}
	if (all || delegations) && err == nil {
		err = q.nextTargets(targets, standing, c, now)
	}
	if err != nil {
		return Request{}, fmt.Errorf("make request: %w", err)
	}
	if c.Base != nil && base != nil {
		next := nextBase(base, now)
		next.Signed.UnrecognizedFields = map[string]any{afterField: strconv.FormatInt(base.Signed.Version, 10)}
		if q.Base, err = next.ToBytes(true); err != nil {
			return Request{}, fmt.Errorf("make request: %w", err)
		}
	}
	return q, nil
}

func (s Standing) parse() (root *rootMeta, targets, base *targetsMeta, err error) {
	root, err = metadata.Root().FromBytes(s.Root)
	if err == nil {
		targets, err = metadata.Targets().FromBytes(s.Targets)
	}
	if err == nil && len(s.Base) > 0 {
		base, err = parseList(s.Base)
	}
	if err != nil || !hasRoles(root) || targets.Signed.Delegations == nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return root, targets, base, nil
}

func (q *Request) nextRoot(m *rootMeta, standing Standing, c Change, now time.Time) (err error) {
	m.ClearSignatures()
	m.Signed.Version++
	m.Signed.Expires = until(now, rootLife)
	for _, id := range c.RetireRoot {
		if err := m.Signed.RevokeKey(id, roleRoot); err != nil {
			return fmt.Errorf("%w: %w", ErrUntrusted, err)
		}
	}
	for _, key := range c.AddRoot {
		k, err := metadata.KeyFromPublicKey(key)
		if err == nil {
			err = m.Signed.AddKey(k, roleRoot)
		}
		if err != nil {
			return err
		}
	}
	if role := m.Signed.Roles[roleRoot]; len(role.KeyIDs) <= role.Threshold {
		return fmt.Errorf("%w: a lost key would be the end", ErrUntrusted)
	}
	only := map[string]ed25519.PublicKey{roleTargets: c.Targets, roleSnapshot: standing.Next[roleSnapshot], roleTimestamp: standing.Next[roleTimestamp]}
	for role, key := range only {
		if err := onlyKey(m, role, key); err != nil {
			return err
		}
	}
	q.Root, err = m.ToBytes(true)
	return err
}

// onlyKey makes key the only one of a role; nil leaves the role as it is.
func onlyKey(m *rootMeta, role string, key ed25519.PublicKey) error {
	if key == nil {
		return nil
	}
	k, err := metadata.KeyFromPublicKey(key)
	if err != nil {
		return err
	}
	for _, id := range slices.Clone(m.Signed.Roles[role].KeyIDs) {
		if err := m.Signed.RevokeKey(id, role); err != nil {
			return err
		}
	}
	return m.Signed.AddKey(k, role)
}

func (q *Request) nextTargets(old *targetsMeta, standing Standing, c Change, now time.Time) error {
	m := again(old, now)
	keys := map[string]ed25519.PublicKey{roleBase: c.Base}
	for role, key := range standing.Next {
		keys[role] = key
	}
	for i, role := range m.Signed.Delegations.Roles {
		if key := keys[role.Name]; key != nil {
			if err := delegateTo(m, i, key); err != nil {
				return err
			}
		}
	}
	if err := q.setContact(m, c.Contact); err != nil {
		return err
	}
	var err error
	q.Targets, err = m.ToBytes(true)
	return err
}

// delegateTo gives a delegated role another key.
func delegateTo(m *targetsMeta, role int, key ed25519.PublicKey) error {
	k, err := metadata.KeyFromPublicKey(key)
	if err != nil {
		return err
	}
	id, err := k.ID()
	if err != nil {
		return err
	}
	d := m.Signed.Delegations
	d.Roles[role].KeyIDs = []string{id}
	d.Keys[id] = k
	maps.DeleteFunc(d.Keys, func(id string, _ *metadata.Key) bool {
		return !slices.ContainsFunc(d.Roles, func(r metadata.DelegatedRole) bool { return slices.Contains(r.KeyIDs, id) })
	})
	return nil
}

func (q *Request) setContact(m *targetsMeta, c *Contact) error {
	if c == nil {
		return nil
	}
	content, err := c.Encode()
	if err != nil {
		return err
	}
	q.Contact = content
	m.Signed.Targets[ContactTarget], err = metadata.TargetFile().FromBytes(ContactTarget, content, "sha256")
	return err
}

// again returns the next version of the list of delegations, not signed.
func again(old *targetsMeta, now time.Time) *targetsMeta {
	m := metadata.Targets(until(now, targetsLife))
	m.Signed.Version = old.Signed.Version + 1
	m.Signed.Targets = maps.Clone(old.Signed.Targets)
	if m.Signed.Targets == nil {
		m.Signed.Targets = map[string]*metadata.TargetFiles{}
	}
	m.Signed.Delegations = &metadata.Delegations{Keys: maps.Clone(old.Signed.Delegations.Keys), Roles: slices.Clone(old.Signed.Delegations.Roles)}
	return m
}
