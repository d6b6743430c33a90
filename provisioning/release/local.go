package release

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Files of a station's trust folder.
const (
	pinnedFile = "root.json"     // from enrolment
	stateFile  = "metadata.json" // everything signed, one file: it changes as a whole
	blobFolder = "targets"       // by SHA-256
)

// local is the signed metadata a station holds, in the exact bytes received.
// One file, because a timestamp must never outrun what it leads to.
type local struct {
	V         int      `json:"v"`     // 1
	Roots     [][]byte `json:"roots"` // after the pinned one, in order
	Timestamp []byte   `json:"timestamp"`
	Snapshot  []byte   `json:"snapshot"`
	Targets   []byte   `json:"targets"`
	Tenant    []byte   `json:"tenant"`
	Base      []byte   `json:"base,omitempty"` // none: of an earlier release, or not to be believed
}

// Pin makes root the start of trust of the station whose trust folder is dir.
// Pinning another root than before forgets what was fetched under that one.
func Pin(dir string, root []byte) error {
	if _, err := trustedmetadata.New(root); err != nil || len(root) > maxRoot {
		return fmt.Errorf("pin root: %w", ErrUntrusted)
	}
	name := filepath.Join(dir, pinnedFile)
	if old, err := os.ReadFile(name); err == nil && string(old) == string(root) {
		return nil
	}
	if err := os.Remove(filepath.Join(dir, stateFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("pin root: %w", err)
	}
	if err := writeFile(name, root, 0o644); err != nil {
		return fmt.Errorf("pin root: %w", err)
	}
	return nil
}

func readPinned(dir string) ([]byte, error) {
	root, err := os.ReadFile(filepath.Join(dir, pinnedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotPinned
	}
	return root, err
}

// readLocal returns what the station holds; nothing yet is no error.
func readLocal(dir string) (local, error) {
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return local{}, nil
	}
	if err != nil {
		return local{}, err
	}
	var l local
	if err := json.Unmarshal(text, &l); err != nil || l.V != 1 {
		return local{}, ErrMismatch
	}
	return l, nil
}

func (l local) write(dir string) error {
	l.V = 1
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, stateFile), text, 0o644)
}

// view is a verified state of the repository as one tenant sees it.
type view struct {
	targets  map[string]*metadata.TargetFiles
	version  uint64
	signedAt time.Time
	base     error // why there are no base releases, if that is not as it should be
}

// verify builds the view that l gives from the pinned root up, at a moment;
// the zero time expires nothing.
func (l local) verify(pinned []byte, tenant wire.Tenant, at time.Time) (*view, error) {
	t, err := l.climb(pinned, at)
	if err != nil {
		return nil, err
	}
	if _, err := t.UpdateTimestamp(l.Timestamp); err != nil {
		return nil, classify("timestamp", err)
	}
	if _, err := t.UpdateSnapshot(l.Snapshot, false); err != nil {
		return nil, classify("snapshot", err)
	}
	if _, err := t.UpdateTargets(l.Targets); err != nil {
		return nil, classify("targets", err)
	}
	if _, err := t.UpdateDelegatedTargets(l.Tenant, tenantRole(tenant), roleTargets); err != nil {
		return nil, classify("tenant role", err)
	}
	if len(l.Base) > 0 {
		if _, err := t.UpdateDelegatedTargets(l.Base, roleBase, roleTargets); err != nil {
			return nil, classify("base role", err)
		}
	}
	return look(t, tenant)
}

// climb trusts the pinned root and each root after it.
func (l local) climb(pinned []byte, at time.Time) (*trustedmetadata.TrustedMetadata, error) {
	t, err := trustedmetadata.New(pinned)
	if err != nil {
		return nil, classify("pinned root", err)
	}
	t.RefTime = at
	for _, root := range l.Roots {
		if _, err := t.UpdateRoot(root); err != nil {
			return nil, classify("root", err)
		}
	}
	return t, nil
}

// look reads the tenant's part of verified metadata. What the role lists
// outside its delegation does not count.
func look(t *trustedmetadata.TrustedMetadata, tenant wire.Tenant) (*view, error) {
	role := t.Targets[tenantRole(tenant)]
	v := &view{targets: map[string]*metadata.TargetFiles{}, version: uint64(role.Signed.Version), signedAt: signedAt(t.Timestamp)}
	if f := t.Targets[roleTargets].Signed.Targets[ContactTarget]; f != nil && f.Length >= 0 && f.Length <= maxContact && len(f.Hashes["sha256"]) > 0 {
		v.targets[ContactTarget] = f
	}
	err := v.take(role, func(name string) error { return checkName(tenant, name) }, MaxTarget)
	if base := t.Targets[roleBase]; base != nil && err == nil {
		err = v.take(base, checkBaseName, MaxManifest)
	}
	return v, err
}

func (v *view) take(role *targetsMeta, check func(string) error, most int64) error {
	if len(role.Signed.Targets) > maxTargets {
		return ErrTooLarge
	}
	for name, f := range role.Signed.Targets {
		if check(name) != nil || len(f.Hashes["sha256"]) == 0 {
			continue
		}
		if f.Length < 0 || f.Length > most {
			return ErrTooLarge
		}
		v.targets[name] = f
	}
	return nil
}

// classify names go-tuf's reason as one of ours.
func classify(what string, err error) error {
	kind := ErrUntrusted
	var version *metadata.ErrBadVersionNumber
	var equal *metadata.ErrEqualVersionNumber
	var expired *metadata.ErrExpiredMetadata
	var content *metadata.ErrLengthOrHashMismatch
	switch {
	case errors.As(err, &version), errors.As(err, &equal), strings.Contains(err.Error(), "new snapshot is missing info"):
		kind = ErrRollback
	case errors.As(err, &expired):
		kind = ErrExpired
	case errors.As(err, &content):
		kind = ErrMismatch
	}
	return fmt.Errorf("%s: %w: %w", what, kind, err)
}
