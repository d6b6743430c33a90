package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// kept is a file on the shelf, whatever it is.
type kept struct {
	path string
	at   time.Time
	size int64
}

// prune removes files that are over their life, then the oldest until those left
// are together at most most bytes long; what a kill left half written goes by its
// age too.
func (s Shelf) prune(most int64) error {
	files, err := s.files()
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b kept) int { return b.at.Compare(a.at) })
	for _, f := range files {
		most -= f.size
		if most >= 0 && s.Now().Sub(f.at) < Life {
			continue
		}
		if gone := os.Remove(f.path); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func (s Shelf) files() (files []kept, err error) {
	err = filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil // it has gone
		}
		files = append(files, kept{path, info.ModTime(), info.Size()})
		return nil
	})
	return files, err
}
