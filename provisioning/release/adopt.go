package release

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// ErrMissing says that a description names what the repository has not got.
var ErrMissing = errors.New("part of a release is missing")

// ErrStale says that a list was made from another one than the repository has:
// two people signed at once.
var ErrStale = errors.New("list made from an older one")

// afterField is our addition to the list, inside what is signed: the version of
// the list that it was made from.
const afterField = "x-mallette-after"

// BaseList returns the signed list of base releases, from which [SignBase] makes
// the next one. A repository from before there were any answers [ErrNotFound]:
// a ceremony gives it a role for them.
func (r *Repository) BaseList() ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	role, ok := r.at.roles[roleBase]
	if !ok {
		return nil, ErrNotFound
	}
	return os.ReadFile(r.metadataFile(role.Signed.Version, roleBase))
}

// ListBase returns the names of the releases on a signed list, by architecture.
// It verifies no signature.
func ListBase(list []byte) (map[string][]string, error) {
	m, err := parseList(list)
	if err != nil {
		return nil, err
	}
	byArch := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(m.Signed.Targets)) {
		arch := filepath.Base(filepath.Dir(name))
		byArch[arch] = append(byArch[arch], trimJSON(filepath.Base(name)))
	}
	return byArch, nil
}

func trimJSON(name string) string { return name[:max(0, len(name)-len(".json"))] }

func parseList(list []byte) (*targetsMeta, error) {
	m, err := metadata.Targets().FromBytes(list)
	if err != nil {
		return nil, fmt.Errorf("base list: %w", ErrUntrusted)
	}
	for name := range m.Signed.Targets {
		if err := checkBaseName(name); err != nil {
			return nil, fmt.Errorf("base list: %w", err)
		}
	}
	return m, nil
}

// SignBase makes the list after the given one, with some releases more and some
// less, and signs it with the base key. It runs wherever that key is; the
// content of each new target travels with the list to [Repository.Adopt].
func SignBase(list []byte, key ed25519.PrivateKey, add []Base, remove []string, now time.Time) ([]byte, map[string][]byte, error) {
	old, err := parseList(list)
	if err != nil {
		return nil, nil, err
	}
	next := nextBase(old, now)
	for _, name := range remove {
		delete(next.Signed.Targets, name)
	}
	contents := map[string][]byte{}
	for _, b := range add {
		content, err := b.Encode()
		if err != nil {
			return nil, nil, err
		}
		name := BaseTarget(b.Arch, b.Release)
		if next.Signed.Targets[name], err = metadata.TargetFile().FromBytes(name, content, "sha256"); err != nil {
			return nil, nil, fmt.Errorf("sign base list: %w", err)
		}
		contents[name] = content
	}
	next.Signed.UnrecognizedFields = map[string]any{afterField: strconv.FormatInt(old.Signed.Version, 10)}
	raw, err := sign(next, key)
	if err != nil {
		return nil, nil, fmt.Errorf("sign base list: %w", err)
	}
	return raw, contents, nil
}

// Adopt takes a list of base releases that was signed elsewhere, with the
// contents of the targets that are new on it. Everything they name has to be
// there already ([Repository.PutBlob]), else [ErrMissing]. When it returns nil
// stations can see all of it; when it fails they see none of it.
func (r *Repository) Adopt(list []byte, contents map[string][]byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.settle(); err != nil {
		return fmt.Errorf("adopt base list: %w", err)
	}
	if err := r.adopt(list, contents); err != nil {
		return fmt.Errorf("adopt base list: %w", err)
	}
	return nil
}

func (r *Repository) adopt(list []byte, contents map[string][]byte) error {
	m, err := parseList(list)
	if err != nil {
		return err
	}
	old, ok := r.at.roles[roleBase]
	if !ok {
		return ErrNotFound
	}
	if err := r.at.roles[roleTargets].VerifyDelegate(roleBase, m); err != nil {
		return fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	if after, _ := m.Signed.UnrecognizedFields[afterField].(string); m.Signed.Version <= old.Signed.Version || after != strconv.FormatInt(old.Signed.Version, 10) {
		return ErrStale
	}
	for name, f := range m.Signed.Targets {
		if err := r.takeBase(name, f, contents[name]); err != nil {
			return err
		}
	}
	return r.commit(map[string]*targetsMeta{roleBase: m})
}

// takeBase keeps the description of a release, if everything it names is there.
func (r *Repository) takeBase(name string, f *metadata.TargetFiles, content []byte) error {
	sum := []byte(f.Hashes["sha256"])
	file := filepath.Join(r.dir, publicDir, targetName(name, sum))
	if content == nil {
		var err error
		if content, err = os.ReadFile(file); err != nil {
			return ErrMissing
		}
	}
	if got := sha256.Sum256(content); !slices.Equal(got[:], sum) || int64(len(content)) != f.Length {
		return ErrMismatch
	}
	b, err := ParseBase(content)
	if err != nil {
		return err
	}
	if BaseTarget(b.Arch, b.Release) != name {
		return ErrTarget
	}
	for _, p := range b.Blobs() {
		if !r.HasBlob(p) {
			return ErrMissing
		}
	}
	return keepFile(file, content, 0o644)
}
