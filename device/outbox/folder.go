package outbox

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// lookAgain is how long [Folder.Changed] trusts what the file system says: a
// write within the same clock tick as a look leaves no trace.
const lookAgain = 30 * time.Second

// Folder watches the outboxes in a station's data folder for a reader. Use it
// from one goroutine.
type Folder struct {
	Dir string

	seen [3]fileState
	next time.Time
}

type fileState struct {
	size    int64
	changed time.Time
}

// Open opens the log in use, nil when there is none, and those set aside,
// oldest name first. Files that cannot be opened are left out. The caller
// closes all readers.
func (f *Folder) Open(context.Context) (current *Reader, aside []*Reader, err error) {
	files, err := Logs(f.Dir)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		r, err := OpenReader(file.Path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // set aside at this very moment: the next look finds it
		}
		if err != nil {
			return nil, nil, errors.Join(err, closeReaders(append(aside, current)))
		}
		if file.Aside {
			aside = append(aside, r)
			continue
		}
		current = r
	}
	return current, aside, nil
}

func closeReaders(readers []*Reader) error {
	var errs []error
	for _, r := range readers {
		if r != nil {
			errs = append(errs, r.Close())
		}
	}
	return errors.Join(errs...)
}

// Changed reports whether an outbox may have changed since it was last asked.
// It costs three looks at the folder and opens nothing.
func (f *Folder) Changed() bool {
	var now [3]fileState
	for i, name := range []string{FileName + "-wal", FileName, ""} {
		if info, err := os.Stat(filepath.Join(f.Dir, name)); err == nil {
			now[i] = fileState{info.Size(), info.ModTime()}
		}
	}
	if now == f.seen && time.Now().Before(f.next) {
		return false
	}
	f.seen, f.next = now, time.Now().Add(lookAgain)
	return true
}
