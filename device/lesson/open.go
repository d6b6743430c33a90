package lesson

import (
	"io/fs"
	"os"
	"path/filepath"
)

// OpenFiles opens the files of one pack, a folder or a zip, for somebody who
// wants to read them as they were written. A zip that is not a lesson's is
// refused before anything is unpacked; links lead nowhere. The caller calls
// done when it has read what it needs.
func OpenFiles(name string) (files fs.FS, done func(), err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	open := openZip
	if info.IsDir() {
		open = openFolder
	}
	p, done, err := open(filepath.Clean(name))
	if err != nil {
		return nil, nil, err
	}
	return p.files, done, nil
}

// Read reads one lesson from the files of its pack, as the catalogue does. Its
// video can be opened for as long as the files can.
func Read(files fs.FS) (*Lesson, error) { return read(openBuiltin(files)) }

// Files opens the files that a lesson of a catalogue was read from, as
// [OpenFiles] does. They may have changed since: who needs that they have not
// reads them again and compares the hash.
func (l *Lesson) Files() (files fs.FS, done func(), err error) { return l.whole() }
