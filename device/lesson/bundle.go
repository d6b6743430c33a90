package lesson

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
)

// Bundle writes a lesson as one zip and returns the lesson: the same files
// give the same bytes, whoever bundles them and when. It writes nothing for
// files that [Read] refuses.
func Bundle(w io.Writer, files fs.FS) (*Lesson, error) {
	p := openBuiltin(files)
	l, err := read(p)
	if err != nil {
		return nil, err
	}
	zw := zip.NewWriter(w)
	for _, name := range p.names {
		if err := bundleFile(zw, files, name); err != nil {
			return nil, fmt.Errorf("bundle lesson: %w", err)
		}
	}
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("bundle lesson: %w", err)
	}
	return l, nil
}

// bundleFile keeps no date, owner or mode: they are not the lesson's.
func bundleFile(zw *zip.Writer, files fs.FS, name string) error {
	f, err := files.Open(name)
	if err != nil {
		return plain(err)
	}
	defer f.Close()
	w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: method(name)})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// method stores what is compressed already: a browser jumps about in it.
func method(name string) uint16 {
	if isMedia(name) || slices.Contains([]string{".png", ".jpg", ".webp"}, path.Ext(name)) {
		return zip.Store
	}
	return zip.Deflate
}
