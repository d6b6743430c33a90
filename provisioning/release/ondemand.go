package release

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// OnDemand reports whether a target is too large to be fetched by everybody:
// [Client.Refresh] leaves it to those who want it, with [Client.Locate]. These
// are lesson packs.
func OnDemand(name string) bool {
	parts := strings.Split(name, "/")
	return len(parts) == 4 && parts[2] == wire.LessonsFolder
}

// Place is where a signed target is in a copy of public/, and what it must be.
type Place struct {
	Path   string // slash-separated, below public/
	Length int64
	SHA256 []byte
}

// Locate says where a target is and what it must be. It fails with
// [ErrNotFound] when no such target is listed.
func (c *Client) Locate(target string) (Place, error) {
	f, ok := c.current().targets[target]
	if !ok {
		return Place{}, ErrNotFound
	}
	sum := []byte(f.Hashes["sha256"])
	return Place{targetName(target, sum), f.Length, sum}, nil
}

// Read returns a target of a tenant as it is published. It fails with
// [ErrNotFound] when there is none.
func (r *Repository) Read(tenant wire.Tenant, name string) ([]byte, error) {
	r.mu.Lock()
	role, ok := r.at.roles[tenantRole(tenant)]
	r.mu.Unlock()
	if !ok {
		return nil, ErrNoTenant
	}
	f, ok := role.Signed.Targets[name]
	if !ok {
		return nil, ErrNotFound
	}
	content, err := os.ReadFile(filepath.Join(r.dir, publicDir, targetName(name, f.Hashes["sha256"])))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read target: %w", err)
	}
	if f.VerifyLengthHashes(content) != nil {
		return nil, ErrMismatch
	}
	return content, nil
}
