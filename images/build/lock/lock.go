// Package lock is the list of Debian packages an image is made from: one line
// each, with version and checksum, committed beside the image's recipe. A build
// takes these packages and no others; what has left Debian's mirror makes a
// build fail by name until the lock is moved. It never fetches anything.
package lock

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Heading is the first line of a lock file; another one is not read.
const Heading = "# mallette lock 1: name version architecture component size sha256 path"

// ErrFormat is wrapped by every error about the form of a lock file.
var ErrFormat = errors.New("not a lock file")

// Package is one Debian package as a build will take it. Path is below the
// mirror's root and starts with the archive: debian/pool/… or debian-security/pool/….
type Package struct {
	Name, Version, Arch, Component string
	Size                           int64
	SHA256, Path                   string
}

// Lock is a set of packages, sorted by name and architecture.
type Lock []Package

var (
	name   = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)
	number = regexp.MustCompile(`^[0-9][A-Za-z0-9.+:~-]*$`)
	word   = regexp.MustCompile(`^[a-z0-9-]+$`)
	hash   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	below  = regexp.MustCompile(`^debian(-security)?/pool/[A-Za-z0-9._+~/-]+\.deb$`)
)

// Check says what is wrong with the package's description, or nothing. A checked
// one is safe to use in file names and addresses.
func (p Package) Check() error {
	switch {
	case !name.MatchString(p.Name):
		return fmt.Errorf("%w: package name", ErrFormat)
	case !number.MatchString(p.Version):
		return fmt.Errorf("%w: version of %s", ErrFormat, p.Name)
	case !word.MatchString(p.Arch) || !word.MatchString(p.Component):
		return fmt.Errorf("%w: architecture or component of %s", ErrFormat, p.Name)
	case p.Size <= 0 || p.Size > 4<<30:
		return fmt.Errorf("%w: size of %s", ErrFormat, p.Name)
	case !hash.MatchString(p.SHA256):
		return fmt.Errorf("%w: sha256 of %s", ErrFormat, p.Name)
	case !below.MatchString(p.Path) || path.Clean(p.Path) != p.Path:
		return fmt.Errorf("%w: path of %s", ErrFormat, p.Name)
	}
	return nil
}

// Read parses a lock file. Lines that start with # and empty ones are skipped.
func Read(r io.Reader) (Lock, error) {
	lines := bufio.NewScanner(r)
	if !lines.Scan() || lines.Text() != Heading {
		return nil, errors.Join(fmt.Errorf("%w: first line", ErrFormat), lines.Err())
	}
	var l Lock
	for lines.Scan() {
		if line := lines.Text(); line != "" && line[0] != '#' {
			p, err := parse(line)
			if err != nil {
				return nil, err
			}
			l = append(l, p)
		}
	}
	return l.sorted(lines.Err())
}

func parse(line string) (Package, error) {
	f := strings.Fields(line)
	if len(f) != 7 {
		return Package{}, fmt.Errorf("%w: a line of %d fields", ErrFormat, len(f))
	}
	size, err := strconv.ParseInt(f[4], 10, 64)
	if err != nil {
		return Package{}, fmt.Errorf("%w: size of a package", ErrFormat)
	}
	p := Package{f[0], f[1], f[2], f[3], size, f[5], f[6]}
	return p, p.Check()
}

func (l Lock) sorted(err error) (Lock, error) {
	slices.SortFunc(l, byName)
	for i := range l {
		if err == nil && i > 0 && byName(l[i-1], l[i]) == 0 {
			err = fmt.Errorf("%w: %s twice", ErrFormat, l[i].Name)
		}
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

func byName(a, b Package) int {
	return strings.Compare(a.Name+" "+a.Arch, b.Name+" "+b.Arch)
}

// New sorts the packages into a lock. It refuses malformed and doubled ones.
func New(packages []Package) (Lock, error) {
	for _, p := range packages {
		if err := p.Check(); err != nil {
			return nil, err
		}
	}
	return Lock(slices.Clone(packages)).sorted(nil)
}

// Write writes the lock in the form that Read takes.
func (l Lock) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, Heading)
	for _, p := range l {
		fmt.Fprintln(b, p.Name, p.Version, p.Arch, p.Component, p.Size, p.SHA256, p.Path)
	}
	return b.Flush()
}

// Find returns the package of that name.
func (l Lock) Find(name string) (Package, bool) {
	for _, p := range l {
		if p.Name == name {
			return p, true
		}
	}
	return Package{}, false
}
