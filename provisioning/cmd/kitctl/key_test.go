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

// TestWhereTheFleetIs says it, signed by the targets key alone.
func TestWhereTheFleetIs(t *testing.T) {
	dir, socket, noted := openShelf(t)
	request := filepath.Join(t.TempDir(), "demande.json")
	do := func(want int, words string, args ...string) {
		t.Helper()
		var out bytes.Buffer
		got := run(t.Context(), append([]string{"--admin", socket, "key"}, args...), strings.NewReader(""), &out, &out)
		if got != want || !strings.Contains(out.String(), words) {
			t.Fatalf("kitctl key %v = %d, %q; want %d and %q", args, got, out.String(), want, words)
		}
	}
	do(1, "HÔTE:PORT", "request", "--server", "nowhere", "--out", request)
	do(1, "certificat racine", "request", "--authority", filepath.Join(dir, "offline", "base.pem"), "--out", request)
	do(0, "", "request", "--server", "new.example:443", "--server", "old.example:8883", "--out", request)
	do(1, "rien à signer", "sign", request, "--key", filepath.Join(dir, "offline", "root-1.pem"))
	do(1, "manque des signatures", "adopt", request)
	do(0, "adresse du serveur : new.example:443", "sign", request, "--key", filepath.Join(dir, "offline", "targets.pem"))
	do(0, "targets : signé par", "status", request)
	do(0, "prochain contact", "adopt", request)
	do(1, "Recommencez", "adopt", request)
	if got := strings.Join(noted.what, " "); got != "release.keys" {
		t.Errorf("audit = %q; want release.keys once", got)
	}
}
