package lock

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Open reads the lock file of that name. A file that is not there is an empty lock.
func Open(file string) (Lock, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	l, err := Read(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("open lock %s: %w", file, err)
	}
	return l, nil
}

// Save replaces the lock file of that name.
func (l Lock) Save(file string) error {
	var b bytes.Buffer
	if err := l.Write(&b); err != nil {
		return fmt.Errorf("save lock: %w", err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("save lock: %w", err)
	}
	return nil
}
