package release

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Init makes a repository in dir with new keys and a role for each tenant. It
// fails with [ErrExists] when dir holds one; one that a power cut left
// unfinished is begun again.
func Init(dir string, now time.Time, tenants ...wire.Tenant) error {
	r := &Repository{Now: func() time.Time { return now }, dir: dir}
	if _, err := os.Stat(r.timestampFile()); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(ErrExists, err)
	}
	if err := r.init(tenants); err != nil {
		return fmt.Errorf("create release repository: %w", err)
	}
	return nil
}

func (r *Repository) init(tenants []wire.Tenant) error {
	if err := makePrivate(r.dir); err != nil {
		return err
	}
	if err := r.newRoot(); err != nil {
		return err
	}
	targets := metadata.Targets(until(r.Now(), targetsLife))
	targets.Signed.Delegations = &metadata.Delegations{Keys: map[string]*metadata.Key{}, Roles: []metadata.DelegatedRole{}}
	base, err := r.delegateBase(targets)
	if err != nil {
		return err
	}
	changed := map[string]*targetsMeta{roleTargets: targets, roleBase: base}
	for _, t := range tenants {
		role, err := r.delegate(targets, t)
		if err != nil {
			return err
		}
		changed[tenantRole(t)] = role
	}
	root, err := r.loadRoot()
	if err != nil {
		return err
	}
	r.at = state{
		root:      root,
		roles:     map[string]*targetsMeta{},
		snapshot:  &snapshotMeta{Signed: metadata.SnapshotType{Meta: map[string]*metadata.MetaFiles{}}},
		timestamp: &timestampMeta{},
	}
	return r.commit(changed)
}

func makePrivate(dir string) error {
	for _, d := range []string{offlineDir, onlineDir} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// newRoot makes all keys that the root names, and the root.
func (r *Repository) newRoot() error {
	root := metadata.Root(until(r.Now(), rootLife))
	root.Signed.Roles[roleRoot].Threshold = rootThreshold
	for n := 1; n <= rootKeys; n++ {
		if err := r.newRootKey(root, offlineDir, rootKeyName(n), roleRoot); err != nil {
			return err
		}
	}
	for role, folder := range map[string]string{roleTargets: offlineDir, roleSnapshot: onlineDir, roleTimestamp: onlineDir} {
		if err := r.newRootKey(root, folder, role, role); err != nil {
			return err
		}
	}
	return r.signRoot(root)
}

func (r *Repository) newRootKey(root *rootMeta, folder, name, role string) error {
	key, err := newKey(filepath.Join(r.dir, folder), name)
	if err != nil {
		return err
	}
	public, _, err := publicKey(key)
	if err != nil {
		return err
	}
	return root.Signed.AddKey(public, role)
}

func (r *Repository) signRoot(root *rootMeta) error {
	keys, err := loadRootKeys(r.dir)
	if err != nil {
		return err
	}
	raw, err := sign(root, keys...)
	if err != nil {
		return err
	}
	return r.climb(raw)
}

// delegate makes a tenant's key and lets it sign below the tenant's prefix. It
// returns the tenant's role, empty.
func (r *Repository) delegate(targets *targetsMeta, t wire.Tenant) (*targetsMeta, error) {
	if !t.Valid() {
		return nil, ErrNoTenant
	}
	key, err := newKey(filepath.Join(r.dir, onlineDir), tenantRole(t))
	if err != nil {
		return nil, err
	}
	public, id, err := publicKey(key)
	if err != nil {
		return nil, err
	}
	d := targets.Signed.Delegations
	d.Keys[id] = public
	d.Roles = append(d.Roles, metadata.DelegatedRole{
		Name: tenantRole(t), KeyIDs: []string{id}, Threshold: 1, Terminating: true,
		Paths: []string{Prefix(t) + "*", Prefix(t) + "*/*"}, // a star does not cross a slash
	})
	role := metadata.Targets(until(r.Now(), tenantLife))
	role.Signed.Version = later(0, r.Now())
	return role, nil
}

// delegateBase makes the key that signs base releases. It returns their list,
// empty.
func (r *Repository) delegateBase(targets *targetsMeta) (*targetsMeta, error) {
	key, err := newKey(filepath.Join(r.dir, offlineDir), roleBase)
	if err != nil {
		return nil, err
	}
	public, id, err := publicKey(key)
	if err != nil {
		return nil, err
	}
	d := targets.Signed.Delegations
	d.Keys[id] = public
	d.Roles = append(d.Roles, metadata.DelegatedRole{
		Name: roleBase, KeyIDs: []string{id}, Threshold: 1, Terminating: true, Paths: []string{basePrefix + "*/*"},
	})
	return nextBase(metadata.Targets(r.Now()), r.Now()), nil
}

// nextBase returns the next version of the list of base releases, as it is.
func nextBase(old *targetsMeta, now time.Time) *targetsMeta {
	m := metadata.Targets(until(now, baseLife))
	m.Signed.Version = later(old.Signed.Version, now)
	m.Signed.Targets = maps.Clone(old.Signed.Targets)
	return m
}
