package release

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// Export copies to a folder, such as a stick, what a tenant's stations may take
// from the repository now: signed lists, what they name, books too, and the base releases
// with their parts. A station believes the copy no more and no less than the
// server. What an earlier copy has left and nothing names is removed; a copy that
// was cut short holds an earlier whole one, or is refused by stations until it is
// made again.
func (r *Repository) Export(tenant wire.Tenant, to string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at.roles[tenantRole(tenant)] == nil {
		return fmt.Errorf("export: %w", ErrNoTenant)
	}
	names, err := r.exported(tenant)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	for _, name := range names {
		if err := r.exportFile(name, to); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return removeOthers(to, names)
}

// exported lists files, the timestamp last: until that one is there the copy
// leads to what it led to before.
func (r *Repository) exported(tenant wire.Tenant) ([]string, error) {
	keep := r.reachable()
	if !r.baseBlobs(keep) || !r.bookBlobs(keep, tenant) {
		return nil, ErrMissing
	}
	for v := int64(1); v <= r.at.root.Signed.Version; v++ {
		keep[metadataName(v, roleRoot)] = true
	}
	delete(keep, timestampName)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(keep)), func(name string) bool { return !visible(filepath.ToSlash(name), tenant) })
	return append(names, timestampName), nil
}

// exportFile copies one file, unless it is there: all but the timestamp are named
// by version or content.
func (r *Repository) exportFile(name, to string) error {
	from, target := filepath.Join(r.dir, publicDir, name), filepath.Join(to, name)
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if there, err := os.Stat(target); err == nil && there.Size() == info.Size() && name != timestampName {
		return nil
	}
	if err := makeDir(filepath.Dir(target)); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(target + ".tmp")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return errors.Join(os.Rename(target+".tmp", target), durable.SyncDir(filepath.Dir(target)))
}

// removeOthers removes what an earlier copy left, in the folders of a copy only:
// the rest of a stick is somebody else's.
func removeOthers(dir string, keep []string) error {
	wanted := map[string]bool{}
	for _, name := range keep {
		wanted[filepath.Join(dir, name)] = true
	}
	for _, folder := range []string{metadataFolder, targetsFolder, blobsFolder} {
		err := filepath.WalkDir(filepath.Join(dir, folder), func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || d.IsDir() || wanted[name] {
				return err
			}
			return os.Remove(name)
		})
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return nil
}
