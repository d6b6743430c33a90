package board_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mallette-kit/mallette/hardware/board"
)

var update = flag.Bool("update", false, "write what is seen as what is wanted")

// TestMachines reads machines recorded as the files their kernel shows.
func TestMachines(t *testing.T) {
	machines, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(machines) == 0 {
		t.Fatalf("machines = %d, %v; want some", len(machines), err)
	}
	for _, file := range machines {
		t.Run(filepath.Base(file), func(t *testing.T) { machine(t, file) })
	}
}

func machine(t *testing.T, file string) {
	record, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	root := fstest.MapFS{}
	for _, f := range record.Files {
		root[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	last := &record.Files[len(record.Files)-1]
	seen := struct {
		Board  board.Board  `json:"board"`
		Sample board.Sample `json:"sample"`
	}{board.Identify(root), board.Measure(root)}
	got, err := json.MarshalIndent(seen, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		last.Data = got
		if err := os.WriteFile(file, txtar.Format(record), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(last.Data); string(got) != want {
		t.Errorf("%s = %s; want %s", file, got, want)
	}
}

func TestThisMachineIsNoError(t *testing.T) {
	root := os.DirFS("/")
	if got := board.Identify(root); got.Model == "" || got.Kind == "" {
		t.Errorf("Identify(/) = %+v; want a kind and a model", got)
	}
	board.Measure(root)
}
