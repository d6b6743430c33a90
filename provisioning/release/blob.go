package release

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// fetchTargets brings what is listed and not on the disk, or damaged there,
// and reports whether there was any.
func (c *Client) fetchTargets(get get, v *view) (fetched bool, err error) {
	for _, name := range slices.Sorted(maps.Keys(v.targets)) {
		if OnDemand(name) {
			continue
		}
		f := v.targets[name]
		if content, err := os.ReadFile(c.blob(f)); err == nil && f.VerifyLengthHashes(content) == nil {
			continue
		}
		if err := c.fetchTarget(get, name, f); err != nil {
			return fetched, err
		}
		fetched = true
	}
	return fetched, nil
}

func (c *Client) fetchTarget(get get, name string, f *metadata.TargetFiles) error {
	content, err := get(targetName(name, f.Hashes["sha256"]), f.Length)
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if err := f.VerifyLengthHashes(content); err != nil {
		return fmt.Errorf("target: %w", ErrMismatch)
	}
	if err := writeFile(c.blob(f), content, 0o644); err != nil {
		return fmt.Errorf("keep target: %w", err)
	}
	return nil
}

// sweep removes targets that no state lists. Those of the state before stay
// once more: another process may be reading them.
func (c *Client) sweep(states ...map[string]*metadata.TargetFiles) error {
	keep := map[string]bool{}
	for _, targets := range states {
		for _, f := range targets {
			keep[filepath.Base(c.blob(f))] = true
		}
	}
	entries, err := os.ReadDir(filepath.Join(c.dir, blobFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if keep[e.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(c.dir, blobFolder, e.Name())); err != nil {
			return ignoreGone(err)
		}
	}
	return nil
}
