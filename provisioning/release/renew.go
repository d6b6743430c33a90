package release

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
)

// Where a change of keys is prepared: the server's next keys, and the request
// that was adopted and is not yet wholly published.
const (
	nextDir     = "next" // below online/
	pendingFile = "adopting.json"
)

// Standing returns what the repository is signed with. With fresh it makes the
// server's next keys, which take the place of those it has when a request with
// them is adopted, and not before.
func (r *Repository) Standing(fresh bool) (Standing, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.standing()
	if err == nil && fresh {
		s.Next, err = r.nextKeys()
	}
	if err != nil {
		return Standing{}, fmt.Errorf("read standing: %w", err)
	}
	return s, nil
}

func (r *Repository) standing() (s Standing, err error) {
	if err := r.settle(); err != nil {
		return s, err
	}
	if s.Root, err = os.ReadFile(r.metadataFile(r.at.root.Signed.Version, roleRoot)); err != nil {
		return s, err
	}
	if s.Targets, err = os.ReadFile(r.metadataFile(r.at.roles[roleTargets].Signed.Version, roleTargets)); err != nil {
		return s, err
	}
	if base := r.at.roles[roleBase]; base != nil {
		s.Base, err = os.ReadFile(r.metadataFile(base.Signed.Version, roleBase))
	}
	return s, err
}

// nextKeys makes a new key for every role that the server signs.
func (r *Repository) nextKeys() (map[string][]byte, error) {
	next := map[string][]byte{}
	for _, role := range r.serverRoles() {
		key, err := newKey(r.nextDir(), role)
		if err != nil {
			return nil, err
		}
		next[role] = key.Public().(ed25519.PublicKey)
	}
	return next, os.Chmod(r.nextDir(), 0o700)
}

func (r *Repository) nextDir() string { return filepath.Join(r.dir, onlineDir, nextDir) }

// serverRoles lists the roles whose keys the server has.
func (r *Repository) serverRoles() []string {
	roles := []string{roleSnapshot, roleTimestamp}
	for role := range r.at.roles {
		if online(role) {
			roles = append(roles, role)
		}
	}
	return roles
}

// AdoptRequest takes a request once enough keys have signed it; stations follow
// by themselves. Once it returns nil, or a power cut comes after it has begun, all
// of it counts: root, delegations, and the server's own keys, which it signs with
// from then on. It fails with [ErrUntrusted] when signatures are missing or more
// is asked than keys, addresses and authorities, and with [ErrStale] when
// something was signed meanwhile.
func (r *Repository) AdoptRequest(text []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.settle(); err != nil {
		return fmt.Errorf("adopt request: %w", err)
	}
	q, err := ParseRequest(text)
	if err == nil {
		err = r.acceptable(q)
	}
	if err == nil {
		err = writeFile(filepath.Join(r.dir, pendingFile), text, 0o600)
	}
	if err == nil {
		err = r.settle()
	}
	if err != nil {
		return fmt.Errorf("adopt request: %w", err)
	}
	return nil
}
