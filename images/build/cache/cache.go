// Package cache keeps what a build has made, under a key made from everything it
// was made from, so that a step whose inputs are the same is not done again. What
// is in it may be deleted at any time; it is never an input.
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// kept is how many results of one step stay: this build's, and enough to go back
// and forth between a few others.
const kept = 3

// Dir is a folder of results.
type Dir string

// Key is the name of a result: a checksum over all that went into it.
type Key string

// KeyOf makes a key from the parts, in their order. A part is printed with %q, so
// that no two lists of parts read alike.
func KeyOf(parts ...any) Key {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%q\n", p)
	}
	return Key(hex.EncodeToString(h.Sum(nil)[:16]))
}

// Make returns the folder of the step's result, which it has the function make
// first if it is not there: in another folder that takes its place when it is
// whole. Hit says that nothing had to be made.
func (d Dir) Make(step string, key Key, fill func(dir string) error) (dir string, hit bool, err error) {
	dir = filepath.Join(string(d), step+"-"+string(key))
	now := time.Now()
	if os.Chtimes(dir, now, now) == nil {
		return dir, true, nil
	}
	if err := d.make(step, dir, fill); err != nil {
		return "", false, fmt.Errorf("%s: %w", step, err)
	}
	return dir, false, d.prune(step)
}

func (d Dir) make(step, dir string, fill func(dir string) error) error {
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(string(d), ".making-"+step+"-")
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(tmp, 0o755), fill(tmp)); err != nil {
		return errors.Join(err, os.RemoveAll(tmp))
	}
	err = os.Rename(tmp, dir)
	if errors.Is(err, fs.ErrExist) { // another build was quicker; it made the same
		err = nil
	}
	return errors.Join(err, os.RemoveAll(tmp))
}

// prune removes all but the last used results of a step.
func (d Dir) prune(step string) error {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return err
	}
	used := map[string]time.Time{}
	var names []string
	for _, e := range entries {
		key, ours := strings.CutPrefix(e.Name(), step+"-")
		if info, err := e.Info(); err == nil && ours && !strings.Contains(key, "-") {
			names = append(names, e.Name())
			used[e.Name()] = info.ModTime()
		}
	}
	slices.SortFunc(names, func(a, b string) int { return used[b].Compare(used[a]) })
	for _, old := range names[min(kept, len(names)):] {
		err = errors.Join(err, os.RemoveAll(filepath.Join(string(d), old)))
	}
	return err
}
