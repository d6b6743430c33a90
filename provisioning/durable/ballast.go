package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Ballast is room on a disk, held while there is plenty and dropped on the day
// the disk is full, so that what must be written still can be. The file system
// has to know fallocate(2).
type Ballast struct {
	File string
	Size int64 // bytes
}

// Hold takes the room, or returns why there is none; it then takes nothing.
func (b Ballast) Hold() error {
	if info, err := os.Stat(b.File); err == nil && info.Size() == b.Size {
		return nil
	}
	f, err := os.OpenFile(b.File, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("hold ballast: %w", err)
	}
	err = errors.Join(syscall.Fallocate(int(f.Fd()), 0, 0, b.Size), f.Close())
	if err != nil {
		return fmt.Errorf("hold ballast: %w", errors.Join(err, b.Drop()))
	}
	return nil
}

// Drop gives the room back, and reports no error when it was not held.
func (b Ballast) Drop() error {
	if err := os.Remove(b.File); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop ballast: %w", err)
	}
	return nil
}
