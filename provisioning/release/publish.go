package release

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Publish sets targets of a tenant, named in full ("tenants/{tenant}/…"); those
// with nil content are removed and the others stay as they are. When it
// returns nil the change is on the disk and stations can see all of it; when
// it fails they see none of it. Publishing what is there already changes
// nothing.
func (r *Repository) Publish(tenant wire.Tenant, targets map[string][]byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.settle(); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	old, ok := r.at.roles[tenantRole(tenant)]
	if !ok {
		return fmt.Errorf("publish: %w", ErrNoTenant)
	}
	next, err := amend(tenant, old, targets)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if same(old.Signed.Targets, next) {
		return nil
	}
	if err := r.writeTargets(targets); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if err := r.commit(map[string]*targetsMeta{tenantRole(tenant): r.again(old, next)}); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// amend returns the targets of old with the changes.
func amend(tenant wire.Tenant, old *targetsMeta, changes map[string][]byte) (map[string]*metadata.TargetFiles, error) {
	next := maps.Clone(old.Signed.Targets)
	for name, content := range changes {
		if err := checkName(tenant, name); err != nil {
			return nil, err
		}
		if len(content) > MaxTarget {
			return nil, ErrTooLarge
		}
		delete(next, name)
		if content == nil {
			continue
		}
		f, err := metadata.TargetFile().FromBytes(name, content, "sha256")
		if err != nil {
			return nil, err
		}
		next[name] = f
	}
	if len(next) > maxTargets {
		return nil, errors.New("too many targets")
	}
	return next, nil
}

func same(a, b map[string]*metadata.TargetFiles) bool {
	return maps.EqualFunc(a, b, func(x, y *metadata.TargetFiles) bool { return x.Equal(*y) })
}

func (r *Repository) writeTargets(targets map[string][]byte) error {
	for name, content := range targets {
		if content == nil {
			continue
		}
		sum := sha256.Sum256(content)
		if err := keepFile(filepath.Join(r.dir, publicDir, targetName(name, sum[:])), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// again returns the next version of a tenant's role.
func (r *Repository) again(old *targetsMeta, targets map[string]*metadata.TargetFiles) *targetsMeta {
	m := metadata.Targets(until(r.Now(), tenantLife))
	m.Signed.Version = later(old.Signed.Version, r.Now())
	m.Signed.Targets = targets
	return m
}

// commit signs and writes the changed roles, a snapshot of all roles, and last
// the timestamp: until that one is replaced nobody sees the rest.
func (r *Repository) commit(changed map[string]*targetsMeta) error {
	snapshot := metadata.Snapshot(until(r.Now(), snapshotLife))
	snapshot.Signed.Version = later(r.at.snapshot.Signed.Version, r.Now())
	snapshot.Signed.Meta = maps.Clone(r.at.snapshot.Signed.Meta)
	for role, m := range changed {
		raw, err := r.signRole(role, m)
		if err == nil {
			err = r.counts(role, m, changed)
		}
		if err != nil {
			return err
		}
		if err := writeFile(r.metadataFile(m.Signed.Version, role), raw, 0o644); err != nil {
			return err
		}
		snapshot.Signed.Meta[role+".json"] = metaFile(m.Signed.Version, raw)
	}
	key, err := loadKey(filepath.Join(r.dir, onlineDir), roleSnapshot)
	if err != nil {
		return err
	}
	raw, err := sign(snapshot, key)
	if err != nil {
		return err
	}
	if err := writeFile(r.metadataFile(snapshot.Signed.Version, roleSnapshot), raw, 0o644); err != nil {
		return err
	}
	if err := r.stamp(metaFile(snapshot.Signed.Version, raw)); err != nil {
		return err
	}
	roles := maps.Clone(r.at.roles)
	maps.Copy(roles, changed)
	r.at.roles, r.at.snapshot = roles, snapshot
	return nil
}

// counts holds a signed role against who delegates it: a key that was replaced
// may still lie about, and what it signs no station takes.
func (r *Repository) counts(role string, m *targetsMeta, changed map[string]*targetsMeta) error {
	var err error
	switch targets := changed[roleTargets]; {
	case role == roleTargets:
		err = r.at.root.VerifyDelegate(role, m)
	case targets != nil:
		err = targets.VerifyDelegate(role, m)
	default:
		err = r.at.roles[roleTargets].VerifyDelegate(role, m)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrOffline, role, err)
	}
	return nil
}

// signRole signs a targets role with its own key; one that came signed from
// elsewhere stays as it came.
func (r *Repository) signRole(role string, m *targetsMeta) ([]byte, error) {
	if len(m.Signatures) > 0 {
		return m.ToBytes(false)
	}
	load := loadKey
	folder := filepath.Join(r.dir, onlineDir)
	if !online(role) {
		load, folder = loadOffline, r.dir
	}
	key, err := load(folder, role)
	if err != nil {
		return nil, err
	}
	return sign(m, key)
}

// stamp signs and writes a timestamp that leads to snapshot.
func (r *Repository) stamp(snapshot *metadata.MetaFiles) error {
	key, err := loadKey(filepath.Join(r.dir, onlineDir), roleTimestamp)
	if err != nil {
		return err
	}
	m := metadata.Timestamp(until(r.Now(), timestampLife))
	m.Signed.Version = later(r.at.timestamp.Signed.Version, r.Now())
	m.Signed.Meta = map[string]*metadata.MetaFiles{roleSnapshot + ".json": snapshot}
	setSignedAt(m, r.Now())
	raw, err := sign(m, key)
	if err != nil {
		return err
	}
	if err := writeFile(r.timestampFile(), raw, 0o644); err != nil {
		return err
	}
	r.at.timestamp = m
	return nil
}
