package release

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// settle publishes a request that was adopted and not wholly published, because
// power was cut or the disk was full. Each step may be done again.
func (r *Repository) settle() error {
	name := filepath.Join(r.dir, pendingFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	q, err := ParseRequest(text)
	if err != nil {
		return err
	}
	if err := r.publishRequest(q); err != nil {
		return err
	}
	if err := os.Remove(name); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(r.nextDir()), durable.SyncDir(r.dir))
}

func (r *Repository) publishRequest(q Request) error {
	a, err := q.parse()
	if err != nil {
		return err
	}
	whole := r.whole(q, a)
	if err := r.takeKeys(whole); err != nil {
		return err
	}
	if len(q.Root) > 0 && r.at.root.Signed.Version < a.root.Signed.Version {
		if err := r.climb(q.Root); err != nil {
			return err
		}
	}
	if len(q.Contact) > 0 {
		sum := sha256.Sum256(q.Contact)
		if err := keepFile(filepath.Join(r.dir, publicDir, targetName(ContactTarget, sum[:])), q.Contact, 0o644); err != nil {
			return err
		}
	}
	return r.commit(r.changed(a))
}

// changed lists what is published at once: whatever a key of today's signs.
func (r *Repository) changed(a asked) map[string]*targetsMeta {
	changed := map[string]*targetsMeta{}
	if a.targets != nil {
		changed[roleTargets] = a.targets
	}
	if a.base != nil {
		changed[roleBase] = a.base
	}
	for role, m := range r.at.roles {
		if online(role) {
			changed[role] = r.again(m, m.Signed.Targets)
		}
	}
	return changed
}

// takeKeys puts the next keys in their place, where the request names them.
func (r *Repository) takeKeys(a asked) error {
	for _, role := range r.serverRoles() {
		next, err := r.keyFor(role, a.keysOf(role))
		if err != nil {
			return err
		}
		if !next {
			continue
		}
		if err := os.Rename(filepath.Join(r.nextDir(), role+".pem"), filepath.Join(r.dir, onlineDir, role+".pem")); err != nil {
			return err
		}
	}
	return durable.SyncDir(filepath.Join(r.dir, onlineDir))
}
