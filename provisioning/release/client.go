package release

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Client is a station's end. It is safe for concurrent use; several processes
// may open one folder as long as only one of them refreshes.
type Client struct {
	dir    string
	tenant wire.Tenant

	refreshing sync.Mutex

	mu      sync.Mutex
	seen    fs.FileInfo // the state file that was read
	view    *view       // nil: nothing yet, or damaged
	problem error
	base    error // of the last refresh
}

// OpenClient opens the trust folder of a tenant's station. It fails with
// [ErrNotPinned] before [Pin]. Damaged or missing metadata is no failure: the
// client is then empty until the next [Client.Refresh], see [Client.Problem].
func OpenClient(dir string, tenant wire.Tenant) (*Client, error) {
	if _, err := readPinned(dir); err != nil {
		return nil, fmt.Errorf("open trust folder: %w", err)
	}
	c := &Client{dir: dir, tenant: tenant}
	c.Reload()
	return c, nil
}

// Reload reads the folder again if another process has refreshed it, and
// reports whether there was something to read.
func (c *Client) Reload() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(filepath.Join(c.dir, stateFile))
	if err != nil {
		changed := c.seen != nil
		c.seen, c.view, c.problem = nil, nil, ignoreGone(err)
		return changed
	}
	if c.seen != nil && os.SameFile(c.seen, info) && c.seen.ModTime().Equal(info.ModTime()) && c.seen.Size() == info.Size() {
		return false
	}
	c.seen = info
	c.view, c.problem = c.verified()
	return true
}

func (c *Client) verified() (*view, error) {
	pinned, err := readPinned(c.dir)
	if err != nil {
		return nil, err
	}
	l, err := readLocal(c.dir)
	if err != nil {
		return nil, fmt.Errorf("read trust metadata: %w", err)
	}
	return l.verify(pinned, c.tenant, time.Time{})
}

// Problem returns why metadata on the disk could not be used, nil when it
// could or when there is none.
func (c *Client) Problem() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.problem
}

// BaseProblem returns why the last refresh brought no list of base releases,
// nil when it did or when the repository has none.
func (c *Client) BaseProblem() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base
}

func (c *Client) current() view {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view == nil {
		return view{}
	}
	return *c.view
}

// Version returns the version of what the tenant has published, 0 when the
// station holds nothing.
func (c *Client) Version() uint64 { return c.current().version }

// SignedTime returns when the fleet signed the newest timestamp held, zero
// when there is none. It is certainly past: what a clock's floor may stand on.
func (c *Client) SignedTime() time.Time { return c.current().signedAt }

// Targets returns the names of the targets that begin with prefix, sorted.
func (c *Client) Targets(prefix string) []string {
	var names []string
	for name := range c.current().targets {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Read returns a target's content after verifying it against the signed
// metadata. It fails with [ErrNotFound] when no such target is listed or it
// is not on the disk, and with [ErrMismatch] when it is damaged; the next
// [Client.Refresh] repairs both.
func (c *Client) Read(target string) ([]byte, error) {
	f, ok := c.current().targets[target]
	if !ok {
		return nil, ErrNotFound
	}
	content, err := os.ReadFile(c.blob(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read target: %w", err)
	}
	if err := f.VerifyLengthHashes(content); err != nil {
		return nil, ErrMismatch
	}
	return content, nil
}

func (c *Client) blob(f *metadata.TargetFiles) string {
	return filepath.Join(c.dir, blobFolder, fmt.Sprintf("%x", []byte(f.Hashes["sha256"])))
}
