package kioskui_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// criteria is how many criteria each of the 13 themes of RGAA 4.1 has.
var criteria = []int{9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12}

// criterion is one line of the grid. State is "outil" (a gate holds what a tool
// can see of it; a person must still look), "test" (a test of ours holds it),
// "sans objet", or "à auditer". No line claims conformity.
type criterion struct{ N, About, State, Test, Why string }

func TestTheGridIsComplete(t *testing.T) {
	raw, err := os.ReadFile("rgaa.json")
	if err != nil {
		t.Fatal(err)
	}
	var grid []criterion
	if err := json.Unmarshal(raw, &grid); err != nil {
		t.Fatal(err)
	}
	tests := testsOf(t)
	at := 0
	for theme, n := range criteria {
		for i := range n {
			if at >= len(grid) || grid[at].N != fmt.Sprintf("%d.%d", theme+1, i+1) {
				t.Fatalf("line %d of the grid is not criterion %d.%d", at+1, theme+1, i+1)
			}
			if why := grid[at].wrong(tests); why != "" {
				t.Errorf("criterion %s: %s", grid[at].N, why)
			}
			at++
		}
	}
	if len(grid) != 106 {
		t.Errorf("the grid has %d criteria; want 106", len(grid))
	}
}

// wrong says what a line lacks.
func (c criterion) wrong(tests map[string]bool) string {
	switch {
	case c.About == "":
		return "does not say what it is about"
	case (c.State == "outil" || c.State == "test") && !tests[c.Test]:
		return fmt.Sprintf("names a test that is not there: %q", c.Test)
	case c.State == "sans objet" && c.Why == "":
		return "does not say why it does not apply"
	case !strings.Contains("outil test sans objet à auditer", c.State) || c.State == "":
		return fmt.Sprintf("has no such state: %q", c.State)
	}
	return ""
}

// testsOf names every test of the repository.
func testsOf(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == "build" && filepath.Dir(path) == "..") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		for line := range strings.Lines(string(raw)) {
			if name, ok := strings.CutPrefix(line, "func Test"); ok {
				names["Test"+name[:strings.IndexByte(name, '(')]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
