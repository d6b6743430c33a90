package debian

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/images/build/lock"
)

// Mirror fetches locked packages and keeps them in Dir under their checksum, so
// that no package is fetched twice.
type Mirror struct {
	Dir    string
	Root   string       // empty: Root
	Client *http.Client // nil: one with a deadline of ten minutes a file
}

// GoneError names the locked packages that the mirror has no longer. Moving the
// lock (make lock) replaces them by newer ones.
type GoneError struct {
	Packages []lock.Package
}

func (e *GoneError) Error() string {
	var names []string
	for _, p := range e.Packages {
		names = append(names, p.Name+" "+p.Version)
	}
	return "no longer on Debian's mirror: " + strings.Join(names, ", ") + " (make lock moves the lock)"
}

var errGone = errors.New("gone")

// Files says where each package of a lock is, by package name.
type Files map[string]string

// Fetch brings every package of the lock into the folder and checks its
// checksum. A package that is gone from the mirror is told as a *GoneError,
// with all others that are.
func (m Mirror) Fetch(ctx context.Context, l lock.Lock) (Files, error) {
	if err := os.MkdirAll(m.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	gone := make([]bool, len(l))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(6)
	for i, p := range l {
		group.Go(func() error {
			err := m.one(ctx, p)
			gone[i] = errors.Is(err, errGone)
			if err == nil || gone[i] {
				return nil
			}
			return fmt.Errorf("fetch %s: %w", p.Name, err)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return m.files(l), lost(l, gone)
}

func (m Mirror) files(l lock.Lock) Files {
	f := Files{}
	for _, p := range l {
		f[p.Name] = m.file(p)
	}
	return f
}

func (m Mirror) file(p lock.Package) string {
	return filepath.Join(m.Dir, p.SHA256+".deb")
}

func lost(l lock.Lock, gone []bool) error {
	var e GoneError
	for i, p := range l {
		if gone[i] {
			e.Packages = append(e.Packages, p)
		}
	}
	if len(e.Packages) == 0 {
		return nil
	}
	return &e
}

func (m Mirror) one(ctx context.Context, p lock.Package) error {
	if err := p.Check(); err != nil {
		return err
	}
	if st, err := os.Stat(m.file(p)); err == nil && st.Size() == p.Size {
		return nil
	}
	body, err := m.get(ctx, p)
	if err != nil {
		return err
	}
	defer body.Close()
	return keep(m.file(p), io.LimitReader(body, p.Size+1), p.SHA256)
}

func (m Mirror) get(ctx context.Context, p lock.Package) (io.ReadCloser, error) {
	root, client := m.Root, m.Client
	if root == "" {
		root = Root
	}
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Minute}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, root+"/"+p.Path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
		return nil, errGone
	}
	return nil, fmt.Errorf("mirror said %s", resp.Status)
}

// keep writes what is read under the name, only if it has the checksum.
func keep(file string, r io.Reader, sum string) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".fetching-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, h), r); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		return errors.New("contents differ from the lock's checksum")
	}
	if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
