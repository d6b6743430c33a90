package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeyCeremony replaces a lost root key: made by one person, prepared by
// another, signed by two more, each on a machine of their own.
func TestKeyCeremony(t *testing.T) {
	dir, socket, _ := openShelf(t)
	t.Setenv(passphraseVariable, "cheval agrafe pile")
	do := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if got := run(t.Context(), append([]string{"--admin", socket, "key"}, args...), strings.NewReader(""), &out, &out); got != want {
			t.Fatalf("kitctl key %v = %d; want %d\n%s", args, got, want, out.String())
		}
		return out.String()
	}
	work := t.TempDir()
	fresh, request := filepath.Join(work, "racine-4.cle"), filepath.Join(work, "demande.json")
	do(0, "new", fresh)
	do(1, "new", fresh)
	lost := ""
	for _, word := range strings.Fields(do(0, "status")) {
		if len(word) == 64 {
			lost = word
		}
	}
	do(1, "request", "--out", request, "--retire", lost)
	do(0, "request", "--out", request, "--retire", lost, "--add", fresh+".pub")
	do(1, "request", "--out", request)
	if said := do(1, "adopt", request); !strings.Contains(said, "manque des signatures") {
		t.Errorf("adopt without signatures says %q", said)
	}
	for _, name := range []string{"root-1", "root-2", "root-3"} {
		do(0, "sign", request, "--key", filepath.Join(dir, "offline", name+".pem"))
	}
	do(0, "sign", request, "--key", fresh)
	do(0, "adopt", request)
	if said := do(0, "status"); !strings.Contains(said, "racine 2") || strings.Contains(strings.ReplaceAll(said, lost+"  a signé, et part", ""), lost) {
		t.Errorf("status = %q; want version 2 without %s", said, lost)
	}
	do(1, "adopt", request)
}
