package identity

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile replaces a file so that a power cut leaves the old one or the new
// one, whole. What a cut leaves half written is overwritten next time.
func writeFile(name string, content []byte, mode fs.FileMode) error {
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
	return syncDir(filepath.Dir(name))
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
