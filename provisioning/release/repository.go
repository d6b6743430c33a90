package release

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/mallette-kit/mallette/fleet/wire"
)

type (
	rootMeta      = metadata.Metadata[metadata.RootType]
	targetsMeta   = metadata.Metadata[metadata.TargetsType]
	snapshotMeta  = metadata.Metadata[metadata.SnapshotType]
	timestampMeta = metadata.Metadata[metadata.TimestampType]
)

// Repository is the fleet's end: what stations may install. It is safe for
// concurrent use by one process.
type Repository struct {
	// Now is the time of signing, time.Now unless a test sets it before use.
	Now func() time.Time

	dir string

	mu sync.Mutex
	at state
}

// state is what the timestamp on the disk leads to. Its parts are replaced,
// never changed.
type state struct {
	root      *rootMeta
	roles     map[string]*targetsMeta // targets and the tenants' roles
	snapshot  *snapshotMeta
	timestamp *timestampMeta
}

// Open opens the repository in dir that [Init] made. One that was copied
// while something was being published goes on from the newest publication that
// it holds whole, from the next [Repository.Refresh] or Resume on.
func Open(dir string) (*Repository, error) {
	r := &Repository{Now: time.Now, dir: dir}
	var err error
	if r.at, err = r.load(); err != nil {
		return nil, fmt.Errorf("open release repository: %w", err)
	}
	return r, nil
}

// torn reports whether the timestamp leads to what the repository has not got.
func (s state) torn() bool {
	return s.timestamp.Signed.Meta[roleSnapshot+".json"].Version != s.snapshot.Signed.Version
}

// Root returns the newest root, to be pinned by stations that enrol.
func (r *Repository) Root() ([]byte, error) {
	r.mu.Lock()
	version := r.at.root.Signed.Version
	r.mu.Unlock()
	return os.ReadFile(r.metadataFile(version, roleRoot))
}

// Version returns the version of what a tenant has published, which
// [Client.Version] of its stations reaches; 0 for an unknown tenant.
func (r *Repository) Version(tenant wire.Tenant) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m, ok := r.at.roles[tenantRole(tenant)]; ok {
		return uint64(m.Signed.Version)
	}
	return 0
}

// OfflineUntil returns when the first of the signatures made with offline keys
// expires. Long before, [Repository.Ceremony] has to be held.
func (r *Repository) OfflineUntil() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := r.at.root.Signed.Expires
	for _, role := range []string{roleTargets, roleBase} {
		if m := r.at.roles[role]; m != nil && m.Signed.Expires.Before(first) {
			first = m.Signed.Expires
		}
	}
	return first
}

func (r *Repository) metadataFile(version int64, role string) string {
	return filepath.Join(r.dir, publicDir, metadataName(version, role))
}

func (r *Repository) timestampFile() string { return filepath.Join(r.dir, publicDir, timestampName) }

// load reads the repository from the timestamp down.
func (r *Repository) load() (state, error) {
	timestamp, err := metadata.Timestamp().FromFile(r.timestampFile())
	if err != nil {
		return state{}, err
	}
	info := timestamp.Signed.Meta[roleSnapshot+".json"]
	if info == nil {
		return state{}, errors.New("timestamp without a snapshot")
	}
	s, err := r.loadSnapshot(info.Version)
	if errors.Is(err, fs.ErrNotExist) {
		s, err = r.loadNewest()
	}
	if err != nil {
		return state{}, err
	}
	s.timestamp = timestamp
	s.root, err = r.loadRoot()
	return s, err
}

// loadNewest reads the newest snapshot of which everything is there.
func (r *Repository) loadNewest() (state, error) {
	names, err := filepath.Glob(filepath.Join(r.dir, publicDir, metadataFolder, "*."+roleSnapshot+".json"))
	if err != nil {
		return state{}, err
	}
	var versions []int64
	for _, name := range names {
		if v, err := strconv.ParseInt(strings.TrimSuffix(filepath.Base(name), "."+roleSnapshot+".json"), 10, 64); err == nil {
			versions = append(versions, v)
		}
	}
	slices.Sort(versions)
	for _, v := range slices.Backward(versions) {
		if s, err := r.loadSnapshot(v); err == nil {
			return s, nil
		}
	}
	return state{}, errors.New("no whole snapshot")
}

// loadSnapshot reads a snapshot and all roles it lists.
func (r *Repository) loadSnapshot(version int64) (state, error) {
	s := state{roles: map[string]*targetsMeta{}}
	var err error
	if s.snapshot, err = metadata.Snapshot().FromFile(r.metadataFile(version, roleSnapshot)); err != nil {
		return s, err
	}
	for file, info := range s.snapshot.Signed.Meta {
		role := strings.TrimSuffix(file, ".json")
		if s.roles[role], err = metadata.Targets().FromFile(r.metadataFile(info.Version, role)); err != nil {
			return s, err
		}
	}
	if s.roles[roleTargets] == nil || s.roles[roleTargets].Signed.Delegations == nil {
		return s, errors.New("snapshot without targets")
	}
	return s, nil
}

// loadRoot returns the highest root version there is.
func (r *Repository) loadRoot() (*rootMeta, error) {
	var newest *rootMeta
	for v := int64(1); ; v++ {
		m, err := metadata.Root().FromFile(r.metadataFile(v, roleRoot))
		if errors.Is(err, fs.ErrNotExist) && newest != nil {
			return newest, nil
		}
		if err != nil {
			return nil, err
		}
		newest = m
	}
}
