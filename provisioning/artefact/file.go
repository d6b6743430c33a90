package artefact

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// file is one file of a bundle.
type file struct {
	*os.File
	name string
	size int64 // of what travels
}

func open(name, path string) (file, error) {
	f, err := os.Open(path)
	if err != nil {
		return file{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return file{}, errors.Join(err, f.Close())
	}
	return file{f, name, info.Size()}, nil
}

func (f file) read(at, n int64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(f, at, n), b); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.name, err)
	}
	return b, nil
}

func partOf(path string) (release.Part, error) {
	f, err := os.Open(path)
	if err != nil {
		return release.Part{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return part(sum, n), err
}

func part(sum hash.Hash, n int64) release.Part {
	return release.Part{SHA256: fmt.Sprintf("%x", sum.Sum(nil)), Size: n}
}

// store is the folder of what stations may fetch, by hash.
type store string

// put keeps a few bytes.
func (s store) put(content []byte) (release.Part, error) {
	b, err := s.begin()
	if err != nil {
		return release.Part{}, err
	}
	if _, err := b.Write(content); err != nil {
		return release.Part{}, errors.Join(err, b.drop())
	}
	return b.keep()
}

// blob is a part that is being written.
type blob struct {
	f   *os.File
	sum hash.Hash
	n   int64
	to  store
}

func (s store) begin() (*blob, error) {
	f, err := os.CreateTemp(string(s), ".new-*")
	return &blob{f: f, sum: sha256.New(), to: s}, err
}

// Write implements [io.Writer].
func (b *blob) Write(p []byte) (int, error) {
	n, err := b.f.Write(p)
	b.sum.Write(p[:n])
	b.n += int64(n)
	return n, err
}

func (b *blob) drop() error { return errors.Join(b.f.Close(), os.Remove(b.f.Name())) }

func (b *blob) keep() (release.Part, error) {
	p := part(b.sum, b.n)
	if err := errors.Join(b.f.Chmod(0o644), b.f.Sync(), b.f.Close()); err != nil {
		return p, err
	}
	return p, os.Rename(b.f.Name(), filepath.Join(string(b.to), p.SHA256))
}
