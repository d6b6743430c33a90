package release

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Bases returns the base releases that stations are offered, by name and kind
// of machine. A repository from before there were any answers [ErrNotFound].
func (r *Repository) Bases() ([]Base, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	role, ok := r.at.roles[roleBase]
	if !ok {
		return nil, ErrNotFound
	}
	var all []Base
	for name, f := range role.Signed.Targets {
		content, err := os.ReadFile(filepath.Join(r.dir, publicDir, targetName(name, f.Hashes["sha256"])))
		if err != nil {
			return nil, fmt.Errorf("read base release: %w", err)
		}
		if f.VerifyLengthHashes(content) != nil {
			return nil, fmt.Errorf("read base release: %w", ErrMismatch)
		}
		b, err := ParseBase(content)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b Base) int { return cmp.Or(cmp.Compare(a.Release, b.Release), cmp.Compare(a.Arch, b.Arch)) })
	return all, nil
}

// OpenBlob opens a part of a release, which the caller closes. Its content was
// checked when it came. It fails with [ErrNotFound] when it is not there.
func (r *Repository) OpenBlob(p Part) (io.ReadCloser, error) {
	if !p.within(MaxBlob) {
		return nil, ErrNotFound
	}
	f, err := os.Open(filepath.Join(r.dir, publicDir, filepath.FromSlash(BlobName(p))))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open part of a release: %w", err)
	}
	return f, nil
}
