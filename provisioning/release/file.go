package release

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// writeFile replaces a file as [durable.Replace] does, and makes the folders above.
func writeFile(name string, content []byte, mode fs.FileMode) error {
	if err := makeDir(filepath.Dir(name)); err != nil {
		return err
	}
	return durable.Replace(name, content, mode)
}

// keepFile writes a file unless it is there with that content already.
func keepFile(name string, content []byte, mode fs.FileMode) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return nil
	}
	return writeFile(name, content, mode)
}

// makeDir makes a folder that survives a power cut, as far as it is missing.
func makeDir(name string) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	if err := makeDir(filepath.Dir(name)); err != nil {
		return err
	}
	if err := os.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return durable.SyncDir(filepath.Dir(name))
}
