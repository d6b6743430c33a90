package release

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// bookBlobs adds the names of the books that tenants list: of one, or of all
// for "". A list that cannot be read keeps everything: false.
func (r *Repository) bookBlobs(keep map[string]bool, only wire.Tenant) bool {
	for role, m := range r.at.roles {
		if only != "" && role != tenantRole(only) {
			continue
		}
		for name, f := range m.Signed.Targets {
			if filepath.Base(name) != wire.BooksTarget {
				continue
			}
			content, err := os.ReadFile(filepath.Join(r.dir, publicDir, targetName(name, f.Hashes["sha256"])))
			if errors.Is(err, fs.ErrNotExist) {
				return false
			}
			var list wire.Books
			if err != nil || wire.Decode(content, &list) != nil {
				return false
			}
			for _, b := range list.Books {
				keep[filepath.FromSlash(BlobName(Part{SHA256: b.Hash}))] = true
			}
		}
	}
	return true
}
