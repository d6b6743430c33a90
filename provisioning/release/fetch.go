package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Fetcher brings files of a repository's public/ folder.
type Fetcher interface {
	// Fetch returns the file called name, slash-separated. It fails with
	// ErrNotFound when there is none and with ErrTooLarge, without having read
	// much more, when it is over limit bytes.
	Fetch(ctx context.Context, name string, limit int64) ([]byte, error)
}

// fetchTime bounds one file, however slowly a server drips: a minute, and more
// for what is large at the slowest line worth waiting for.
func fetchTime(limit int64) time.Duration {
	const slowest = 8 << 10 // bytes a second
	return time.Minute + time.Duration(limit/slowest)*time.Second
}

// HTTP fetches from a server; base is the address of public/, such as
// "https://kit.example:8883/release/".
func HTTP(client *http.Client, base string) Fetcher {
	return web{client, strings.TrimSuffix(base, "/") + "/"}
}

type web struct {
	client *http.Client
	base   string
}

func (f web) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime(limit))
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, f.base+name, nil)
	if err != nil {
		return nil, err
	}
	q.Header.Set("User-Agent", "") // nobody needs to know, every day
	a, err := f.client.Do(q)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	defer a.Body.Close()
	switch {
	case a.StatusCode == http.StatusNotFound:
		return nil, ErrNotFound
	case a.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("fetch: status %d", a.StatusCode)
	}
	return readLimited(a.Body, limit)
}

// Dir fetches from a folder, such as a copy of public/ on a stick.
func Dir(dir string) Fetcher { return folder(dir) }

type folder string

func (f folder) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	defer root.Close()
	file, err := root.Open(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	defer file.Close()
	return readLimited(file, limit)
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	if int64(len(b)) > limit {
		return nil, ErrTooLarge
	}
	return b, nil
}
