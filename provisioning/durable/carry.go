package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Carry writes a file in a folder of somebody's stick, as [Replace] does on our
// own disk: a stick pulled out early keeps what it had, and one pulled out
// after Carry has returned holds the whole. fill writes the content; its error
// comes back wrapped. No link on the stick leads out of it.
func Carry(stick, folder, name string, fill func(io.Writer) error) error {
	root, err := os.OpenRoot(stick)
	if err != nil {
		return fmt.Errorf("open stick: %w", err)
	}
	defer root.Close()
	if err := root.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write stick: %w", err)
	}
	if err := carry(root, filepath.Join(folder, name), fill); err != nil {
		return fmt.Errorf("write stick: %w", err)
	}
	return errors.Join(syncIn(root, folder), syncIn(root, "."))
}

func carry(root *os.Root, name string, fill func(io.Writer) error) error {
	next := name + ".new"
	f, err := root.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	err = fill(f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, root.Remove(next))
	}
	return root.Rename(next, name)
}

func syncIn(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return fmt.Errorf("sync stick: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync stick: %w", err)
	}
	return nil
}
