// Package public gives the files of a fleet's release repository, as its folder
// public/ holds them: from the server, or from a copy of it on a stick.
//
// It asks for bytes and judges none: whoever asks has a signed length and hash.
// It keeps nothing, and never asks twice; a cut line is asked again by who knows
// how much has come.
package public

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

// ErrAnswer says that a server did not give what it was asked for.
var ErrAnswer = errors.New("server gave no such bytes")

// Source has the files: a server, or a stick.
type Source interface {
	// Open returns n bytes of a file from a byte on, or fewer where the file
	// ends; a reader takes no more than n of it. Names are slash-separated. The
	// caller closes it.
	Open(ctx context.Context, name string, from, n int64) (io.ReadCloser, error)
}

// HTTP has the files on a server; base is the address of public/, such as
// "https://kit.example:8883/release/".
func HTTP(client *http.Client, base string) Source {
	return web{client, strings.TrimSuffix(base, "/") + "/"}
}

type web struct {
	client *http.Client
	base   string
}

// Open asks for a range. Of whoever ignores that and answers with the whole
// file, what comes before is thrown away.
func (w web) Open(ctx context.Context, name string, from, n int64) (io.ReadCloser, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+name, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	q.Header.Set("User-Agent", "")
	q.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from+n-1))
	a, err := w.client.Do(q)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	if err := begin(a, from); err != nil {
		return nil, errors.Join(fmt.Errorf("fetch: %w", err), a.Body.Close())
	}
	return part{io.LimitReader(a.Body, n), a.Body}, nil
}

// begin leads an answer to the byte that was asked for.
func begin(a *http.Response, from int64) error {
	switch a.StatusCode {
	case http.StatusPartialContent:
		return nil
	case http.StatusOK:
		_, err := io.CopyN(io.Discard, a.Body, from)
		return err
	}
	return fmt.Errorf("%w: status %d", ErrAnswer, a.StatusCode)
}

// Dir has the files in a folder, such as a copy of public/ on a stick.
func Dir(dir string) Source { return folder(dir) }

type folder string

// Open opens a file of the folder, which no link leads out of.
func (d folder) Open(_ context.Context, name string, from, n int64) (io.ReadCloser, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	return part{io.NewSectionReader(f, from, n), f}, nil
}

type part struct {
	io.Reader
	io.Closer
}
