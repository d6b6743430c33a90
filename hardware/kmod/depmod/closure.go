package depmod

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/hardware/kmod"
)

// Closure returns the named modules with everything they need or would like, in
// the order of their names, and the names that no module has.
func Closure(all []kmod.Module, names []string) (some []kmod.Module, missing []string) {
	c := closure{byName: map[string]kmod.Module{}, byAlias: map[string][]string{}, taken: map[string]bool{}}
	for _, m := range all {
		c.byName[m.Name] = m
		for _, a := range m.Aliases {
			key := strings.ReplaceAll(a, "-", "_")
			c.byAlias[key] = append(c.byAlias[key], m.Name)
		}
	}
	for _, name := range names {
		if !c.take(kmod.Name(name)) {
			missing = append(missing, name)
		}
	}
	for name := range c.taken {
		some = append(some, c.byName[name])
	}
	slices.SortFunc(some, func(x, y kmod.Module) int { return strings.Compare(x.Name, y.Name) })
	return some, missing
}

type closure struct {
	byName  map[string]kmod.Module
	byAlias map[string][]string
	taken   map[string]bool
}

// take reports whether there is such a module.
func (c closure) take(name string) bool {
	m, ok := c.byName[name]
	if !ok || c.taken[name] {
		return ok
	}
	c.taken[name] = true
	for _, list := range [][]string{m.Needs, m.Before, m.After} {
		for _, n := range list {
			c.take(n)
			for _, other := range c.byAlias[n] { // soft dependencies may name an alias
				c.take(other)
			}
		}
	}
	return true
}

// Builtin returns the names of modules that are part of the kernel itself, as
// the package of a kernel lists them; nothing when it has no list.
func Builtin(dir string) ([]string, error) {
	b, err := os.ReadFile(filepath.Join(dir, "modules.builtin"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read built-in modules: %w", err)
	}
	var names []string
	for _, line := range strings.Fields(string(b)) {
		names = append(names, kmod.Name(line))
	}
	return names, nil
}
