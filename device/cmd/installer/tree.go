package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/install"
)

// copied are the folders of the data directory that every station has alike.
func copied() []string { return []string{"userland", "lessons", "library", "books"} }

// copy copies them below to/kit, for root alone, makes that lasting and reads it back.
func (c *copier) copy(ctx context.Context, to string) error {
	kit := filepath.Join(to, "kit")
	if err := os.Mkdir(kit, 0o700); err != nil {
		return fmt.Errorf("copy data: %w", err)
	}
	for _, name := range copied() {
		if err := c.tree(ctx, filepath.Join(c.Data, name), filepath.Join(kit, name)); err != nil {
			return err
		}
	}
	return nil
}

// tree copies a folder that may not be there. What is neither folder nor file
// does not belong into these.
func (c *copier) tree(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		at := to + path[len(from):]
		switch {
		case d.IsDir():
			return os.Mkdir(at, 0o700)
		case d.Type().IsRegular():
			return file(path, at)
		}
		return nil
	})
}

// file copies a file and reads the copy back from the disk.
func file(from, to string) error {
	want, err := pour(from, to)
	if err != nil {
		return fmt.Errorf("copy data: %w", err)
	}
	f, err := os.Open(to)
	if err != nil {
		return fmt.Errorf("read data back: %w", err)
	}
	defer f.Close()
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // read the disk, not what the kernel remembers
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil || !bytes.Equal(h.Sum(nil), want) {
		return &install.Error{Problem: install.Lessons, Err: err}
	}
	return nil
}

// pour copies a file, lastingly, and returns the hash of what it read.
func pour(from, to string) (sum []byte, err error) {
	in, err := os.Open(from)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	_, err = io.Copy(out, io.TeeReader(in, h))
	return h.Sum(nil), errors.Join(err, out.Sync(), out.Close())
}

// weigh returns how many bytes will be copied.
func weigh(data string) (n int64, err error) {
	for _, name := range copied() {
		err = filepath.WalkDir(filepath.Join(data, name), func(_ string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if err == nil {
				n += info.Size()
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, fmt.Errorf("weigh data: %w", err)
		}
	}
	return n, nil
}
