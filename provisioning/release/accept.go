package release

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// acceptable holds a request against what stations will do with it: one that they
// could not get past would be the end of all of them.
func (r *Repository) acceptable(q Request) error {
	a, err := q.parse()
	if err != nil {
		return err
	}
	old := r.at.roles[roleTargets]
	if !r.next(q, a) {
		return ErrStale
	}
	if len(q.Root) > 0 {
		if _, err := r.follows(q.Root); err != nil {
			return err
		}
	}
	a = r.whole(q, a)
	if err := a.root.VerifyDelegate(roleTargets, a.targets); err != nil {
		return fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	if err := sameReach(old, a.targets); err != nil {
		return err
	}
	if err := q.contactFits(old, a.targets); err != nil {
		return err
	}
	if err := r.baseFits(a); err != nil {
		return err
	}
	return r.keysFit(a)
}

// next reports whether a request was made from what the repository has.
func (r *Repository) next(q Request, a asked) bool {
	root, targets := r.at.root.Signed.Version, r.at.roles[roleTargets].Signed.Version
	return (len(q.Root) == 0 || a.root.Signed.Version == root+1) && (a.targets == nil || a.targets.Signed.Version == targets+1)
}

// whole fills in what a request leaves as it is.
func (r *Repository) whole(q Request, a asked) asked {
	if len(q.Root) == 0 {
		a.root = r.at.root
	}
	if a.targets == nil {
		a.targets = r.at.roles[roleTargets]
	}
	return a
}

// follows returns the root that text is, if stations climb to it from the newest.
func (r *Repository) follows(text []byte) (*rootMeta, error) {
	m, err := metadata.Root().FromBytes(text)
	if err != nil {
		return nil, ErrUntrusted
	}
	before, err := r.at.root.ToBytes(false)
	if err != nil {
		return nil, err
	}
	t, err := trustedmetadata.New(before)
	if err == nil {
		_, err = t.UpdateRoot(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return m, nil
}

// climb publishes the root after the newest.
func (r *Repository) climb(text []byte) error {
	m, err := metadata.Root().FromBytes(text)
	if r.at.root != nil && err == nil {
		m, err = r.follows(text)
	}
	if err == nil {
		err = writeFile(r.metadataFile(m.Signed.Version, roleRoot), text, 0o644)
	}
	if err == nil {
		r.at.root = m
	}
	return err
}

// sameReach holds delegations to what they were, but for their keys.
func sameReach(old, next *targetsMeta) error {
	was, is := old.Signed.Delegations.Roles, next.Signed.Delegations.Roles
	same := slices.EqualFunc(was, is, func(a, b metadata.DelegatedRole) bool {
		return a.Name == b.Name && slices.Equal(a.Paths, b.Paths) && b.Threshold == a.Threshold && b.Terminating == a.Terminating && len(b.PathHashPrefixes) == 0
	})
	if !same {
		return fmt.Errorf("%w: delegations", ErrUntrusted)
	}
	return nil
}

// contactFits holds the targets to what they were, but for the contact.
func (q Request) contactFits(old, next *targetsMeta) error {
	want := hashes(old)
	if len(q.Contact) > 0 {
		sum := sha256.Sum256(q.Contact)
		want[ContactTarget] = string(sum[:])
		if _, err := ParseContact(q.Contact); err != nil {
			return err
		}
	}
	if !maps.Equal(hashes(next), want) {
		return fmt.Errorf("%w: targets", ErrUntrusted)
	}
	return nil
}

func hashes(m *targetsMeta) map[string]string {
	all := map[string]string{}
	for name, f := range m.Signed.Targets {
		all[name] = string(f.Hashes["sha256"])
	}
	return all
}

// baseFits holds the list of base releases to what it was, signed by whom the
// delegations name then.
func (r *Repository) baseFits(a asked) error {
	old := r.at.roles[roleBase]
	if old == nil {
		return nil
	}
	list := a.base
	if list == nil {
		list = old
	}
	if err := a.targets.VerifyDelegate(roleBase, list); err != nil {
		return fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	if list == old {
		return nil
	}
	if after, _ := list.Signed.UnrecognizedFields[afterField].(string); list.Signed.Version <= old.Signed.Version || after != strconv.FormatInt(old.Signed.Version, 10) {
		return ErrStale
	}
	if !maps.Equal(hashes(list), hashes(old)) {
		return fmt.Errorf("%w: base releases", ErrUntrusted)
	}
	return nil
}

// keysFit holds the server's keys, of today or the next ones, against what it
// will be asked to sign.
func (r *Repository) keysFit(a asked) error {
	for _, role := range r.serverRoles() {
		if _, err := r.keyFor(role, a.keysOf(role)); err != nil {
			return err
		}
	}
	return nil
}

func (a asked) keysOf(role string) []string {
	if of := a.root.Signed.Roles[role]; of != nil {
		return of.KeyIDs
	}
	if a.targets == nil {
		return nil
	}
	return keysOf(a.targets, role)
}

// keyFor returns which of the server's two keys for a role counts: whether it is
// the next one.
func (r *Repository) keyFor(role string, counts []string) (next bool, err error) {
	for _, folder := range []string{filepath.Join(r.dir, onlineDir), r.nextDir()} {
		key, err := loadKey(folder, role)
		if err != nil {
			continue
		}
		id, err := KeyID(key.Public().(ed25519.PublicKey))
		if err == nil && len(counts) == 1 && counts[0] == id {
			return folder == r.nextDir(), nil
		}
	}
	return false, fmt.Errorf("%w: the server has no such key for %s", ErrUntrusted, role)
}
