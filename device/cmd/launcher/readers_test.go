package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The agent finds which readers are open in the launcher's file.
func TestOpenReadersAreKeptForTheAgent(t *testing.T) {
	f := newFleet(t, t.TempDir(), nil)
	must(t, os.MkdirAll(f.run, 0o700))
	must(t, os.WriteFile(filepath.Join(f.run, readersFile), []byte(`{"readers":["scanner of yesterday"]}`), 0o600))
	r := start(t, f)
	unplug := r.offer.Opened("scanner 0c2e:0b61")
	f.awaitReaders(t, `{"readers":["scanner 0c2e:0b61"]}`)
	unplug()
	f.awaitReaders(t, `{"readers":[]}`)
}

func (f *fleet) awaitReaders(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got, err := os.ReadFile(filepath.Join(f.run, readersFile))
		if err == nil && string(got) == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("readers.json = %s, %v; want %s", got, err, want)
		}
	}
}
