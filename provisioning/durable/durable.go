// Package durable replaces small files so that a power cut at any byte leaves
// the old content or the new, whole, and keeps some room for that. What a cut
// leaves half written is overwritten next time.
//
// One program at a time writes a file; the package takes no lock.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace makes the file hold content: written beside it, synced, renamed, and
// the folder synced. The folder has to exist.
func Replace(file string, content []byte, mode fs.FileMode) error {
	next := file + ".new"
	if err := write(next, content, mode); err != nil {
		return fmt.Errorf("replace file: %w", err)
	}
	if err := os.Rename(next, file); err != nil {
		return fmt.Errorf("replace file: %w", err)
	}
	return SyncDir(filepath.Dir(file))
}

// Swap makes a file of a folder in memory hold content: whoever reads finds the
// old or the new, whole. Nothing is synced, and a power cut leaves neither.
func Swap(file string, content []byte, mode fs.FileMode) error {
	next := file + ".new"
	if err := os.WriteFile(next, content, mode); err != nil {
		return fmt.Errorf("swap file: %w", err)
	}
	if err := os.Rename(next, file); err != nil {
		return fmt.Errorf("swap file: %w", err)
	}
	return nil
}

func write(file string, content []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// SyncDir makes names that were given or taken in a folder survive a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
