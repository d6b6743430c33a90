package debian

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/images/build/lock"
)

// ErrIndex is wrapped by every error about the form of Debian's descriptions.
var ErrIndex = errors.New("not a package description")

// stanza is one paragraph of a Packages file. Continuation lines are joined to
// their field by a newline.
type stanza map[string]string

func parseStanzas(r io.Reader) ([]stanza, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var all []stanza
	now, field := stanza{}, ""
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.TrimSpace(line) == "":
			all, now, field = end(all, now), stanza{}, ""
		case line[0] == ' ' || line[0] == '\t':
			if field == "" {
				return nil, fmt.Errorf("%w: a line that continues nothing", ErrIndex)
			}
			now[field] += "\n" + strings.TrimSpace(line)
		default:
			key, value, ok := strings.Cut(line, ":")
			if !ok || key == "" {
				return nil, fmt.Errorf("%w: a line without a field", ErrIndex)
			}
			field = key
			now[field] = strings.TrimSpace(value)
		}
	}
	return end(all, now), lines.Err()
}

func end(all []stanza, s stanza) []stanza {
	if len(s) == 0 {
		return all
	}
	return append(all, s)
}

// locked makes the lock's line from the description. What is in a pool of
// updates is in Debian's security archive; everything else is in the main one.
func (s stanza) locked() (lock.Package, error) {
	size, err := strconv.ParseInt(s["Size"], 10, 64)
	if err != nil {
		return lock.Package{}, fmt.Errorf("%w: size", ErrIndex)
	}
	archive, component := "debian", strings.Split(s["Filename"], "/")
	if strings.HasPrefix(s["Filename"], "pool/updates/") {
		archive, component = "debian-security", component[1:]
	}
	if len(component) < 2 {
		return lock.Package{}, fmt.Errorf("%w: file name", ErrIndex)
	}
	p := lock.Package{Name: s["Package"], Version: s["Version"], Arch: s["Architecture"], Component: component[1],
		Size: size, SHA256: s["SHA256"], Path: archive + "/" + s["Filename"]}
	return p, p.Check()
}

// first names the first package that this one depends on.
func (s stanza) first() string {
	name, _, _ := strings.Cut(s["Depends"], ",")
	name, _, _ = strings.Cut(name, "|")
	name, _, _ = strings.Cut(name, "(")
	name, _, _ = strings.Cut(strings.TrimSpace(name), ":")
	return name
}
