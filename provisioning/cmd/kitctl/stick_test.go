package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStickForStationsWithoutANetwork(t *testing.T) {
	dir, _, _ := openShelf(t)
	stick := t.TempDir()
	do := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if got := run(t.Context(), append([]string{"stick"}, args...), strings.NewReader(""), &out, &out); got != want {
			t.Fatalf("kitctl stick %v = %d; want %d\n%s", args, got, want, out.String())
		}
		return out.String()
	}
	if said := do(0, stick, "--repository", dir); !strings.Contains(said, "prête") {
		t.Errorf("stick says %q", said)
	}
	if _, err := os.Stat(filepath.Join(stick, "metadata", "timestamp.json")); err != nil {
		t.Error(err)
	}
	do(1, stick, "--repository", t.TempDir())
	do(1, stick, "--repository", dir, "--tenant", "toul")
}
