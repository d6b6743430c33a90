package screens_test

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

// source is the package of the station's pages, parsed and with its constants
// worked out.
func source(t *testing.T) ([]*ast.File, types.Info) {
	t.Helper()
	names, err := filepath.Glob("../../device/kiosk/*.go")
	if err != nil {
		t.Fatal(err)
	}
	set, files := token.NewFileSet(), []*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: nothing{}, Error: func(error) {}} // what is imported is of no interest
	_, _ = config.Check("kiosk", set, files, &info)
	return files, info
}

// nothing imports an empty package under every name.
type nothing struct{}

func (nothing) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}

// routes lists every address that the launcher answers a GET for, as the
// source of its pages says: a page that is added there is known here.
func routes(t *testing.T) []string {
	t.Helper()
	files, info := source(t)
	var list []string
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			expression, is := n.(ast.Expr)
			if !is {
				return true
			}
			route, is := got(info.Types[expression].Value)
			if is {
				list = append(list, route)
			}
			return !is // the parts of an address are none
		})
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// got is the path of a pattern for GET.
func got(v constant.Value) (string, bool) {
	if v == nil || v.Kind() != constant.String {
		return "", false
	}
	return strings.CutPrefix(constant.StringVal(v), "GET ")
}

// TestEveryRouteIsInTheMatrix fails when a page was added that nobody looks
// at, and when one is looked at that is gone.
func TestEveryRouteIsInTheMatrix(t *testing.T) {
	list := routes(t)
	if len(list) < 60 {
		t.Fatalf("the source of the pages names %d addresses: %q; want all of them", len(list), list)
	}
	for _, pattern := range list {
		if _, there := pages[pattern]; !there && mute[pattern] == "" {
			t.Errorf("%s is in no scene: add an address of it to pages, or to mute why it is no page", pattern)
		}
	}
	for pattern := range pages {
		if !slices.Contains(list, pattern) {
			t.Errorf("%s is looked at, and no route any more", pattern)
		}
	}
	for pattern := range mute {
		if !slices.Contains(list, pattern) {
			t.Errorf("%s is said to be no page, and no route any more", pattern)
		}
	}
}

// templates are the names of all pages of kiosk-ui.
func templates(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(kioskui.Files, "pages", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "pages/parts/") || name == "pages/layout.html" {
			return err
		}
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(name, "pages/"), ".html"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
