package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/flash"
	"github.com/mallette-kit/mallette/provisioning/flash/flashtest"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// bench is a technician's desk: an image, its sums, and sticks.
type bench struct {
	t     *testing.T
	image string
	stick string
	back  string // the file behind the stick: its serial number
}

func newBench(t *testing.T) bench {
	raw := flashtest.Raw(t, slot.None)
	b := bench{t: t, image: flashtest.Compressed(t, raw)}
	b.back = filepath.Join(t.TempDir(), "cle")
	if err := os.WriteFile(b.back, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(b.back, 3<<30); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(b.image)
	if err != nil {
		t.Fatal(err)
	}
	b.sums(fmt.Sprintf("%x  %s\n", sha256.Sum256(content), filepath.Base(b.image)))
	b.stick = flashtest.Loop(t, b.back)
	return b
}

func (b bench) sums(text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(b.image), flash.SumsName), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// flash runs the command with what somebody types and returns its status and
// all that it said.
func (b bench) flash(typed string, args ...string) (int, string) {
	b.t.Helper()
	var said bytes.Buffer
	code := run(b.t.Context(), append([]string{"flash"}, args...), strings.NewReader(typed), &said, &said)
	return code, said.String()
}

func (b bench) want(code int, words, typed string, args ...string) {
	b.t.Helper()
	if got, said := b.flash(typed, args...); got != code || !strings.Contains(said, words) {
		b.t.Errorf("kitctl flash %q, typing %q = %d, %s; want %d, %q", args, typed, got, said, code, words)
	}
}

// touched reports whether anything was written to the stick.
func (b bench) touched() bool {
	b.t.Helper()
	d, err := flash.System().Disk(b.stick)
	if err != nil {
		b.t.Fatal(err)
	}
	return d.Content.Format != flash.FormatNone
}

// TestFlashRefuses goes through everything that must not write.
func TestFlashRefuses(t *testing.T) {
	b := newBench(t)
	b.want(1, "disque interne", "", b.image, b.stick)
	b.want(1, "introuvable", "", b.image, "sdzz", "--internal")
	b.want(1, "options", "", b.image)
	b.want(1, "options", "", b.image, b.stick, "--internal", "--yes")
	b.want(1, "options", "", b.image, "--all", "--yes")
	b.want(1, "même disque", "", b.image, b.stick, "--internal", "--yes", "--serial", "autre")
	b.want(1, "rien n'a été écrit", "", b.image, b.stick, "--internal")
	b.want(1, "rien n'a été écrit", "non\n", b.image, b.stick, "--internal")
	b.want(1, "rien n'a été écrit", "oui\nsda\n", b.image, b.stick, "--internal")
	b.sums(strings.Repeat("00", 32) + "  " + filepath.Base(b.image) + "\n")
	b.want(1, "pas celle qui a été publiée", "oui\n", b.image, b.stick, "--internal")
	b.sums("")
	b.want(1, "SHA256SUMS", "oui\n", b.image, b.stick, "--internal")
	if b.touched() {
		t.Error("a refused command wrote to the stick")
	}
}

// TestFlashStory is a technician's afternoon: write, check, give away.
func TestFlashStory(t *testing.T) {
	b := newBench(t)
	secret := filepath.Join(t.TempDir(), "wifi")
	if err := os.WriteFile(secret, []byte("invention\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.want(0, b.stick+" : prête à démarrer.", "OUI\n"+b.stick+"\n", b.image, b.stick, "--internal", "--place", "Médiathèque", "--wifi", "salle", "--wifi-secret", secret, "--scanner", "1a2b:3c4d")
	b.want(0, "deux systèmes", "", b.image, b.stick, "--internal", "--verify-only")
	code, said := b.flash("", "--wipe", b.stick, "--internal", "--yes", "--serial", b.back)
	if code != 0 || !strings.Contains(said, b.stick+" : vide.") || !strings.Contains(said, "laboratoire") || strings.Contains(said, "invention") {
		t.Errorf("wipe = %d, %s; want 0, vide", code, said)
	}
	if b.touched() {
		t.Error("something is recognised on a wiped stick")
	}
	b.want(1, "image de Mallette", "", b.image, b.stick, "--internal", "--verify-only")
}
