package sbom

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// Modules lists what the programs are made of, besides this repository. A
// module's licence is looked up in the folder of downloaded modules.
func Modules(downloaded string, programs ...string) ([]Module, error) {
	found := map[string]*Module{}
	for _, file := range programs {
		info, err := buildinfo.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("list modules: %w", err)
		}
		for _, d := range append(info.Deps, &info.Main) {
			add(found, d, filepath.Base(file))
		}
	}
	var all []Module
	for _, m := range found {
		m.Licence = Licence(string(m.text(downloaded)))
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Module) int { return strings.Compare(a.Path+a.Version, b.Path+b.Version) })
	return all, nil
}

// add notes a module; what is built from a folder has no sum and is ours.
func add(found map[string]*Module, d *debug.Module, program string) {
	if d.Replace != nil {
		d = d.Replace
	}
	if d.Sum == "" {
		return
	}
	m := found[d.Path+d.Version]
	if m == nil {
		m = &Module{Path: d.Path, Version: d.Version, Sum: d.Sum}
		found[d.Path+d.Version] = m
	}
	if !slices.Contains(m.Programs, program) {
		m.Programs = append(m.Programs, program)
		slices.Sort(m.Programs)
	}
}

// text returns the module's licence files, one after the other.
func (m Module) text(downloaded string) []byte {
	path, err1 := module.EscapePath(m.Path)
	version, err2 := module.EscapeVersion(m.Version)
	dir := filepath.Join(downloaded, path+"@"+version)
	entries, err3 := os.ReadDir(dir)
	if errors.Join(err1, err2, err3) != nil {
		return nil
	}
	var all []byte
	for _, e := range entries {
		if !e.Type().IsRegular() || !isLicence(e.Name()) {
			continue
		}
		if b, err := fs.ReadFile(os.DirFS(dir), e.Name()); err == nil {
			all = append(append(all, b...), '\n')
		}
	}
	return all
}

func isLicence(name string) bool {
	name = strings.ToUpper(name)
	for _, word := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS"} {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}

// Notices returns the licence texts of the modules, which their licences want to
// travel with the programs.
func Notices(downloaded string, modules []Module) []byte {
	var b bytes.Buffer
	for _, m := range modules {
		fmt.Fprintf(&b, "==== %s %s ====\n\n%s\n", m.Path, m.Version, m.text(downloaded))
	}
	return b.Bytes()
}
