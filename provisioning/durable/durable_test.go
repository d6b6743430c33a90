package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "day.json")
	if err := os.WriteFile(file+".new", []byte("what a power cut left, longer than the rest"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, write := range map[string]func(string, []byte, fs.FileMode) error{"on a disk": durable.Replace, "in memory": durable.Swap} {
		if err := write(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if string(got) != want || err != nil {
			t.Errorf("content = %q, %v; want %q", got, err, want)
		}
	}
	entries, err := os.ReadDir(dir)
	if len(entries) != 1 || err != nil {
		t.Errorf("folder holds %v, %v; want the file alone", entries, err)
	}
}

func TestReplaceKeepsTheOldWhenItCannot(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "day.json")
	if err := durable.Replace(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file+".new", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(file, []byte("new"), 0o600); err == nil {
		t.Error("Replace where nothing can be written = nil; want an error")
	}
	if got, err := os.ReadFile(file); string(got) != "old" || err != nil {
		t.Errorf("content = %q, %v; want the old", got, err)
	}
	if err := durable.Replace(filepath.Join(dir, "none", "x"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Replace in a missing folder = %v; want ErrNotExist", err)
	}
}
