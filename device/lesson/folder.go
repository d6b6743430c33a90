package lesson

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// openFolder reads a folder through [os.Root], which no link leads out of. The
// caller calls the returned function when it has read what it needs.
func openFolder(dir string) (*pack, func(), error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("open folder: %w", plain(err))
	}
	p := &pack{files: root.FS()}
	p.media = func(name string) (io.ReadSeekCloser, error) { return openIn(dir, name) }
	p.whole = func() (fs.FS, func(), error) { return OpenFiles(dir) }
	return p, func() { _ = root.Close() }, nil
}

func openIn(dir, name string) (io.ReadSeekCloser, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", plain(err))
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open media: %w", plain(err))
	}
	return f, nil
}

// openBuiltin reads a lesson that is part of the program.
func openBuiltin(files fs.FS) *pack {
	whole := func() (fs.FS, func(), error) { return files, func() {}, nil }
	return &pack{files: files, whole: whole, media: func(name string) (io.ReadSeekCloser, error) {
		f, err := files.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open media: %w", plain(err))
		}
		media, ok := f.(io.ReadSeekCloser)
		if !ok {
			_ = f.Close()
			return nil, fmt.Errorf("open media: %w", fs.ErrInvalid)
		}
		return media, nil
	}}
}
