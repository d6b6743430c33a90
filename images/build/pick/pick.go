// Package pick reads short lists that take or leave files by the beginning of
// their path: one line each, + or - and a path; the longest line that fits a
// file decides, and what no line fits is left.
package pick

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// List is such a list. The zero value leaves everything.
type List struct {
	lines map[string]bool
}

// ErrList is wrapped by every error about a list's form.
var ErrList = errors.New("not a list of what to take")

// Parse reads a list. Empty lines and those that start with # are skipped; the
// path "." fits everything.
func Parse(text string) (List, error) {
	l := List{map[string]bool{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		sign, path, ok := strings.Cut(line, " ")
		if !ok || path == "" || sign != "+" && sign != "-" {
			return List{}, fmt.Errorf("%w: a line has no sign or no path", ErrList)
		}
		if path == "." {
			path = ""
		}
		if _, twice := l.lines[path]; twice {
			return List{}, fmt.Errorf("%w: %q twice", ErrList, path)
		}
		l.lines[path] = sign == "+"
	}
	return l, nil
}

// Open reads the list in the file of that name.
func Open(file string) (List, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return List{}, fmt.Errorf("open list: %w", err)
	}
	l, err := Parse(string(b))
	if err != nil {
		return List{}, fmt.Errorf("open list %s: %w", file, err)
	}
	return l, nil
}

// Takes reports whether the list takes the path.
func (l List) Takes(path string) bool {
	for n := len(path); n >= 0; n-- {
		if take, ok := l.lines[path[:n]]; ok {
			return take
		}
	}
	return false
}
