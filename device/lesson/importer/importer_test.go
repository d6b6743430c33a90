package importer_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson/importer"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put lands a folder or a file that holds a text.
func put(t *testing.T, into, name, text string, folder bool) {
	t.Helper()
	l, err := importer.Land(into)
	must(t, err)
	made := l.Path("x")
	if folder {
		must(t, os.Mkdir(made, 0o700))
		made = filepath.Join(made, "text")
	}
	must(t, os.WriteFile(made, []byte(text), 0o600))
	must(t, l.Settle("x", name))
	must(t, l.Leave())
}

func TestWhatSettlesReplacesTheOlder(t *testing.T) {
	for _, folder := range []bool{false, true} {
		into := filepath.Join(t.TempDir(), "new")
		for _, text := range []string{"old", "new"} {
			put(t, into, "name", text, folder)
		}
		name := filepath.Join(into, "name")
		if folder {
			name = filepath.Join(name, "text")
		}
		got, err := os.ReadFile(name)
		entries, _ := os.ReadDir(into)
		if string(got) != "new" || err != nil || len(entries) != 1 {
			t.Errorf("folder %v: %q, %v, %v; want the new one alone", folder, got, err, entries)
		}
	}
}

func TestLeaveTakesEverythingAway(t *testing.T) {
	into := t.TempDir()
	l, err := importer.Land(into)
	must(t, err)
	must(t, os.WriteFile(l.Path("x"), nil, 0o600))
	must(t, l.Leave())
	if entries, err := os.ReadDir(into); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestRoomIsAskedBefore(t *testing.T) {
	if err := importer.Room(t.TempDir(), 1<<62); !errors.Is(err, importer.ErrSpace) {
		t.Errorf("Room(2^62) = %v; want ErrSpace", err)
	}
	if err := importer.Room(t.TempDir(), 1); err != nil {
		t.Errorf("Room(1) = %v; want nil", err)
	}
}
