package stock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// ErrAnswer says that a server gave no pack.
var ErrAnswer = errors.New("server gave no pack")

// HTTP has the packs on a server; base is the address of public/, such as
// "https://kit.example:8883/release/".
func HTTP(client *http.Client, base string) Source {
	return web{client, strings.TrimSuffix(base, "/") + "/"}
}

type web struct {
	client *http.Client
	base   string
}

// Open asks for the rest of a file.
func (w web) Open(ctx context.Context, path string, from int64) (io.ReadCloser, bool, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+path, nil)
	if err != nil {
		return nil, false, err
	}
	if from > 0 {
		q.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	a, err := w.client.Do(q)
	if err != nil {
		return nil, false, fmt.Errorf("fetch pack: %w", err)
	}
	if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusPartialContent {
		_ = a.Body.Close()
		return nil, false, fmt.Errorf("%w: status %d", ErrAnswer, a.StatusCode)
	}
	return a.Body, a.StatusCode == http.StatusOK, nil
}

// Dir has the packs in a folder, such as a copy of public/ on a stick.
func Dir(dir string) Source { return folder(dir) }

type folder string

// Open opens a file of the folder, which no link leads out of.
func (d folder) Open(_ context.Context, path string, from int64) (io.ReadCloser, bool, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, false, fmt.Errorf("open stick: %w", err)
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(path))
	if err != nil {
		return nil, false, fmt.Errorf("open pack: %w", err)
	}
	if err := seek(f, from); err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	return f, false, nil
}
