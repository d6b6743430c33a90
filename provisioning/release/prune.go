package release

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// grace is how long superseded files stay, for stations and copies that began
// to read before.
const grace = 7 * day

var rootFile = regexp.MustCompile(`^metadata/\d+\.root\.json$`)

// prune removes files of public/ that the timestamp does not lead to and that
// are older than the grace. Roots stay for ever: stations climb them one by one.
func (r *Repository) prune(now time.Time) error {
	keep := r.reachable()
	books := r.bookBlobs(keep, "")
	blobs := r.baseBlobs(keep) && books
	top := filepath.Join(r.dir, publicDir)
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(top, name)
		if err != nil || keep[rel] || rootFile.MatchString(rel) || !blobs && filepath.Dir(rel) == blobsFolder {
			return err
		}
		info, err := d.Info()
		if err != nil || now.Sub(info.ModTime()) < grace {
			return ignoreGone(err)
		}
		return ignoreGone(os.Remove(name))
	})
	if err != nil {
		return fmt.Errorf("prune release repository: %w", err)
	}
	return nil
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// reachable returns the names that the timestamp leads to.
func (r *Repository) reachable() map[string]bool {
	keep := map[string]bool{
		timestampName: true,
		metadataName(r.at.snapshot.Signed.Version, roleSnapshot): true,
	}
	for role, m := range r.at.roles {
		keep[metadataName(m.Signed.Version, role)] = true
		for name, f := range m.Signed.Targets {
			keep[targetName(name, f.Hashes["sha256"])] = true
		}
	}
	return keep
}
