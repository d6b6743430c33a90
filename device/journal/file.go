package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// file is a file of the journal, by its place in the order and the time at which
// it began, zero if nobody knew it.
type file struct {
	n     int
	began time.Time
}

func (f file) name() string {
	var at int64
	if !f.began.IsZero() {
		at = f.began.Unix()
	}
	return fmt.Sprintf("%08d-%d.jsonl", f.n, at)
}

// parseName reads a name that name made.
func parseName(name string) (f file, ok bool) {
	var at int64
	if n, err := fmt.Sscanf(name, "%08d-%d.jsonl", &f.n, &at); n != 2 || err != nil {
		return f, false
	}
	if at > 0 {
		f.began = time.Unix(at, 0)
	}
	return f, f.name() == name
}

// list returns the files, oldest first. A folder that is not there has none.
func list(dir string) ([]file, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list journal: %w", err)
	}
	var files []file
	for _, e := range entries {
		if f, ok := parseName(e.Name()); ok {
			files = append(files, f)
		}
	}
	slices.SortFunc(files, func(a, b file) int { return a.n - b.n })
	return files, nil
}

// over returns the files that have to go before another is begun. One that began
// when nobody knew the time is as old as the next that knows.
func over(files []file, now time.Time) []file {
	n := max(0, len(files)+1-min(maxFiles, Quota/fileSize))
	for i, f := range files {
		if !now.IsZero() && !f.began.IsZero() && now.Sub(f.began) >= Life {
			n = max(n, i+1)
		}
	}
	return files[:n]
}

// WriteTo writes lines that belong to starts that want is true for, those of the
// last files that are together at most limit bytes long. It reports whether
// there were any. Another goroutine may be writing.
func WriteTo(w io.Writer, dir string, limit int64, want func(wire.JournalStart) bool) (some bool, err error) {
	files, err := list(dir)
	if err != nil {
		return false, err
	}
	chosen, err := choose(dir, files, limit, want)
	if err != nil {
		return false, err
	}
	for _, f := range chosen {
		if err := pour(w, filepath.Join(dir, f.name())); err != nil {
			return true, err
		}
	}
	return len(chosen) > 0, nil
}

// choose walks back from the newest file.
func choose(dir string, files []file, limit int64, want func(wire.JournalStart) bool) (chosen []file, err error) {
	for _, f := range slices.Backward(files) {
		info, err := os.Stat(filepath.Join(dir, f.name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // pruned meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		if start, ok := startOf(filepath.Join(dir, f.name())); !ok || !want(start) {
			continue
		}
		if limit -= info.Size(); limit < 0 && len(chosen) > 0 {
			break
		}
		chosen = append(chosen, f)
	}
	slices.Reverse(chosen)
	return chosen, nil
}

// startOf reads the head of a file; one whose head was torn is of no start.
func startOf(path string) (start wire.JournalStart, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return start, false
	}
	defer f.Close()
	err = wire.ReadJournal(f, func(l wire.JournalLine) bool {
		if ok = l.Start != nil; ok {
			start = *l.Start
		}
		return false
	})
	return start, ok && err == nil
}

// pour copies a file's bytes as far as it is written now.
func pour(w io.Writer, path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(w, io.LimitReader(f, fileSize)); err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	_, err = io.WriteString(w, "\n") // after a line that a power cut tore
	return err
}

// LastTrial returns the last start on which a release was on trial.
func LastTrial(dir, release string) (wire.JournalStart, bool) {
	files, err := list(dir)
	if err != nil {
		return wire.JournalStart{}, false
	}
	for _, f := range slices.Backward(files) {
		if s, ok := startOf(filepath.Join(dir, f.name())); ok && s.Trial && s.Release == release {
			return s, true
		}
	}
	return wire.JournalStart{}, false
}
