package kmod

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// IndexFile is the name of the index in a folder of modules.
const IndexFile = "modules.idx"

// indexHeader opens an index: what it is, in which version.
const indexHeader = "mallette-kmod 1"

// ErrIndex says that a file is no index that this package reads.
var ErrIndex = errors.New("not an index of modules")

// WriteIndex writes the index of modules, and of names that are built into the
// kernel. Equal modules make equal bytes.
func WriteIndex(w io.Writer, modules []Module, builtin []string) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, indexHeader)
	for _, name := range sorted(builtin) {
		fmt.Fprintf(b, "b\t%s\n", name)
	}
	modules = slices.Clone(modules)
	slices.SortFunc(modules, func(x, y Module) int { return strings.Compare(x.Name, y.Name) })
	for _, m := range modules {
		fmt.Fprintf(b, "m\t%s\t%s\t%s\t%s\t%s\n", m.Name, m.Path, strings.Join(m.Needs, ","), strings.Join(m.Before, ","), strings.Join(m.After, ","))
		for _, a := range sorted(m.Aliases) {
			fmt.Fprintf(b, "a\t%s\n", a)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	return nil
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// index finds modules by name and alias. Aliases are kept by the text before
// their first wildcard, so that a device is compared with a handful of them.
type index struct {
	modules map[string]Module
	builtin map[string]bool
	aliases map[string][]alias
}

type alias struct{ pattern, module string }

func (x index) known(name string) bool {
	_, ok := x.modules[name]
	return ok || x.builtin[name]
}

// lookup returns the modules whose alias fits, each once, in the index's order.
func (x index) lookup(device string) []string {
	device = fold(device)
	var fit []string
	for n := range len(device) + 1 {
		for _, a := range x.aliases[device[:n]] {
			if !slices.Contains(fit, a.module) && matches(a.pattern, device) {
				fit = append(fit, a.module)
			}
		}
	}
	return fit
}

func readIndex(file string) (index, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return index{}, err
	}
	return parseIndex(string(b))
}

// parseIndex keeps pieces of the text: nothing is copied.
func parseIndex(text string) (index, error) {
	x := index{modules: map[string]Module{}, builtin: map[string]bool{}, aliases: map[string][]alias{}}
	head, text, _ := strings.Cut(text, "\n")
	if head != indexHeader {
		return index{}, ErrIndex
	}
	var current string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		kind, rest, _ := strings.Cut(line, "\t")
		switch {
		case kind == "b":
			x.builtin[rest] = true
		case kind == "m" && strings.Count(rest, "\t") == 4:
			m := parseModule(strings.Split(rest, "\t"))
			x.modules[m.Name], current = m, m.Name
		case kind == "a" && current != "":
			pattern := fold(rest)
			key := literal(pattern)
			x.aliases[key] = append(x.aliases[key], alias{pattern, current})
		default:
			return index{}, ErrIndex
		}
	}
	return x, nil
}

func parseModule(field []string) Module {
	return Module{Name: field[0], Path: field[1], Needs: list(field[2]), Before: list(field[3]), After: list(field[4])}
}

func list(names string) []string {
	if names == "" {
		return nil
	}
	return strings.Split(names, ",")
}
