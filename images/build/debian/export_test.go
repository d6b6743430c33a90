package debian

import (
	"strings"

	"github.com/mallette-kit/mallette/images/build/lock"
)

// Simulated is simulated.
var Simulated = simulated

// Describe reads the first stanza of the text as Resolve does.
func Describe(text string) (lock.Package, string, error) {
	all, err := parseStanzas(strings.NewReader(text))
	if err != nil || len(all) == 0 {
		return lock.Package{}, "", ErrIndex
	}
	p, err := all[0].locked()
	return p, all[0].first(), err
}
