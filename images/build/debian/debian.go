// Package debian takes packages from Debian: it asks a private apt which versions
// there are, fetches the locked ones by checksum into a folder, and opens them.
// It never uses the machine's own package sources, needs no root rights, and
// installs nothing.
//
//	l, err := debian.Resolve(ctx, dir, recipe)          // asks the mirror: only to move a lock
//	files, err := debian.Mirror{Dir: cache}.Fetch(ctx, l) // by checksum: the usual build
//	err = debian.Unpack(files["shim-signed"], each)
package debian

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
)

// Recipe says which packages an image wants. It is a file beside the image,
// debian.json; what came of it is in packages.lock.
type Recipe struct {
	Arch   string   // amd64 or arm64
	Suites []string // each "archive suite component…", for example "debian bookworm main"

	Exact   []string `json:",omitempty"` // taken alone, whatever they depend on
	Behind  []string `json:",omitempty"` // packages that only point to the newest one: what they point to is taken
	Closure []string `json:",omitempty"` // taken with all they depend on, for an empty disk; apt patterns are allowed
}

// ErrRecipe is wrapped by every error about a recipe's form.
var ErrRecipe = errors.New("not a recipe")

var (
	suite = regexp.MustCompile(`^debian(-security)? [a-z][a-z-]*( [a-z][a-z-]*)+$`)
	named = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)
	want  = regexp.MustCompile(`^(\?[a-z(),?~]+|[a-z0-9][a-z0-9+.-]+)$`)
)

// ReadRecipe parses a recipe. Unknown fields are refused, so that a misspelt
// one is not silently nothing.
func ReadRecipe(b []byte) (Recipe, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var r Recipe
	if err := d.Decode(&r); err != nil {
		return Recipe{}, fmt.Errorf("%w: %w", ErrRecipe, err)
	}
	return r, r.check()
}

// OpenRecipe reads the recipe file of that name.
func OpenRecipe(file string) (Recipe, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return Recipe{}, fmt.Errorf("open recipe: %w", err)
	}
	r, err := ReadRecipe(b)
	if err != nil {
		return Recipe{}, fmt.Errorf("open recipe %s: %w", file, err)
	}
	return r, nil
}

func (r Recipe) check() error {
	if r.Arch != "amd64" && r.Arch != "arm64" {
		return fmt.Errorf("%w: architecture", ErrRecipe)
	}
	if len(r.Suites) == 0 || !all(r.Suites, suite) {
		return fmt.Errorf("%w: suites", ErrRecipe)
	}
	if !all(r.Exact, named) || !all(r.Behind, named) || !all(r.Closure, want) {
		return fmt.Errorf("%w: package name", ErrRecipe)
	}
	return nil
}

func all(words []string, form *regexp.Regexp) bool {
	for _, w := range words {
		if !form.MatchString(w) {
			return false
		}
	}
	return true
}
