package release

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile replaces a file so that a power cut leaves the old one or the new
// one, whole; what a cut leaves half written is overwritten next time. It makes
// the folders above.
func writeFile(name string, content []byte, mode fs.FileMode) error {
	dir := filepath.Dir(name)
	if err := makeDir(dir); err != nil {
		return err
	}
	f, err := os.OpenFile(name+".tmp", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".tmp", name); err != nil {
		return err
	}
	return syncDir(dir)
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
	return syncDir(filepath.Dir(name))
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
