package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// OnDemand reports whether a target is too large or too many to be fetched by
// everybody: [Client.Refresh] leaves it to those who want it, with
// [Client.Locate] or [Client.Bring]. These are lesson packs, and the
// descriptions of base releases.
func OnDemand(name string) bool {
	if strings.HasPrefix(name, basePrefix) {
		return true
	}
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

// Bring returns a target that [OnDemand] leaves to those who want it, from the
// disk or else from the repository behind from. Errors are those of
// [Client.Read] and of the fetcher.
func (c *Client) Bring(ctx context.Context, from Fetcher, target string) ([]byte, error) {
	content, err := c.Read(target)
	if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrMismatch) {
		return content, err
	}
	f, ok := c.current().targets[target]
	if !ok {
		return nil, ErrNotFound
	}
	get := func(name string, limit int64) ([]byte, error) { return from.Fetch(ctx, name, limit) }
	if err := c.fetchTarget(get, target, f); err != nil {
		return nil, err
	}
	return c.Read(target)
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
