package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mallette-kit/mallette"

// leaves are what stations and the fleet must agree on, and what tests of either
// need of a machine. Any package may import them; they import only the standard
// library, each other and what extras says.
var leaves = []string{"fleet/level", "fleet/pass", "fleet/wire", "hardware/needs", "provisioning/durable", "provisioning/identity", "provisioning/release", "provisioning/slot", "provisioning/slot/slottest"}

// extras are the modules a leaf may use beyond the standard library.
var extras = map[string][]string{
	"provisioning/release": {"github.com/theupdateframework/go-tuf/", "github.com/sigstore/sigstore/"},
}

// neighbours are the folders that a folder may import besides itself and the
// leaves: a station knows nothing of the server, the server nothing of a
// station, and what people touch and see knows neither.
var neighbours = map[string][]string{
	"hardware":     nil,
	"kiosk-ui":     nil,
	"provisioning": nil,
	"device":       {"hardware", "kiosk-ui"},
	"fleet":        {"provisioning"},
	"images":       {"device", "fleet", "provisioning", "hardware", "kiosk-ui"},
}

// commands adds what programs may import: a station joins a fleet and renews
// its certificate by the package that is both ends of it; the technician's
// tool reads pictures as a station does, makes books and lessons of other
// formats, judges lessons by the gate that stands beside their reader, and
// speaks to the server.
var commands = map[string][]string{
	"device/cmd":       {"provisioning/enroll", "provisioning/enroll/enrolltest", "provisioning/flash", "provisioning/flash/flashtest"},
	"provisioning/cmd": {"device/lesson", "device/lesson/check", "device/lesson/importer", "device/lesson/mallard", "device/lesson/zim", "device/lesson/zim/book", "device/lesson/cycle", "device/scan", "fleet/admin", "fleet/intake", "fleet/journal", "fleet/registry", "fleet/shelf", "fleet/mint", "fleet/console/people"},
}

func TestLayout(t *testing.T) {
	comments := map[string]int{}
	for name, file := range sources(t) {
		dir := path.Dir(name)
		comments[dir] += commented(file)
		for _, spec := range file.Imports {
			to, _ := strconv.Unquote(spec.Path.Value)
			if why := forbidden(name, to); why != "" {
				t.Errorf("%s imports %s: %s", name, to, why)
			}
		}
	}
	for dir, n := range comments {
		if n != 1 {
			t.Errorf("%s has %d package comments; want 1", dir, n)
		}
	}
}

func commented(file *ast.File) int {
	if file.Doc.Text() == "" {
		return 0
	}
	return 1
}

// forbidden says why the file may not import the package, or nothing.
func forbidden(file, imported string) string {
	from := path.Dir(file)
	to, ours := strings.CutPrefix(imported, module+"/")
	switch {
	case ours && strings.HasSuffix(file, "_test.go") && (to == from || strings.HasPrefix(to, from+"/")):
		return ""
	case !ours && slices.Contains(leaves, from) && strings.Contains(strings.Split(imported, "/")[0], "."):
		return outside(from, imported, file)
	case !ours || slices.Contains(leaves, to):
		return ""
	case slices.Contains(leaves, from):
		return "a leaf imports only leaves"
	}
	return across(from, to)
}

func outside(from, imported, file string) string {
	for _, prefix := range extras[from] {
		if strings.HasPrefix(imported, prefix) {
			return ""
		}
	}
	if strings.HasSuffix(file, "_test.go") {
		return ""
	}
	return "a leaf uses the standard library"
}

func across(from, to string) string {
	a, _, _ := strings.Cut(from, "/")
	b, _, _ := strings.Cut(to, "/")
	if a == b || slices.Contains(neighbours[a], b) {
		return ""
	}
	for dir, allowed := range commands {
		if strings.HasPrefix(from, dir+"/") && slices.Contains(allowed, to) {
			return ""
		}
	}
	return a + " may not know " + b
}

// sources parses every Go file of the repository up to its imports. It reads
// in this process, so that the test's cache notices a changed file.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	root := os.DirFS("../..")
	files := map[string]*ast.File{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "build" || name == "node_modules" || d.Name() == "testdata"):
			return fs.SkipDir
		case path.Ext(name) != ".go":
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		files[name], err = parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly|parser.ParseComments)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestTop holds the top level of the repository to the folders that explain it.
func TestTop(t *testing.T) {
	want := []string{"LICENSE", "Makefile", "README.md", "build", "device", "fleet", "go.mod", "go.sum", "hardware", "images", "kiosk-ui", "provisioning"}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(want, e.Name()) {
			t.Errorf("%s at the top; want one of %v", e.Name(), want)
		}
	}
}
