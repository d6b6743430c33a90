package book_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/hardware/needs"
)

const helpDir = "/usr/share/libreoffice/help" // Debian: libreoffice-help-fr

// helpZIM packs LibreOffice's French help with zim-tools.
func helpZIM(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(helpDir, "fr")); err != nil {
		needs.Missing(t, "libreoffice-help-fr is not installed")
	}
	needs.Program(t, "zimwriterfs", "zim-tools")
	needs.Program(t, "kiwix-serve", "kiwix-tools")
	dir := t.TempDir()
	copyPlain(t, helpDir, filepath.Join(dir, "html"))
	picture, err := os.Create(filepath.Join(dir, "html", "picture.png"))
	must(t, err)
	must(t, png.Encode(picture, image.NewGray(image.Rect(0, 0, 48, 48))))
	must(t, picture.Close())
	out := filepath.Join(dir, "aide.zim")
	said, err := exec.CommandContext(t.Context(), "zimwriterfs", "--welcome=index.html", "--illustration=picture.png", "--language=fra",
		"--title=Aide", "--description=Aide", "--creator=LibreOffice", "--publisher=Mallette", "--withoutFTIndex", filepath.Join(dir, "html"), out).CombinedOutput()
	if err != nil {
		t.Fatalf("zimwriterfs: %v: %s", err, said)
	}
	return out
}

// copyPlain copies plain files; the package links to files of others.
func copyPlain(t *testing.T, from, to string) {
	t.Helper()
	must(t, filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(name, from))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, raw, 0o644)
	}))
}

// kiwix serves a ZIM and returns the address of its raw contents.
func kiwix(t *testing.T, name string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := ln.Addr().(*net.TCPAddr).Port
	must(t, ln.Close())
	cmd := exec.CommandContext(t.Context(), "kiwix-serve", "--address", "127.0.0.1", "--port", fmt.Sprint(port), name)
	must(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	base := fmt.Sprintf("http://127.0.0.1:%d/raw/%s/content/", port, strings.TrimSuffix(filepath.Base(name), ".zim"))
	for deadline := time.Now().Add(30 * time.Second); ; {
		if resp, err := http.Get(base + "index.html"); err == nil {
			resp.Body.Close()
			return base
		}
		if time.Now().After(deadline) {
			t.Fatal("kiwix-serve does not answer")
		}
		time.Sleep(20 * time.Millisecond) // another program: nothing to wait on
	}
}

// Every entry of a real collection is, byte for byte, what kiwix-serve gives.
func TestTheSameBytesAsKiwix(t *testing.T) {
	name := helpZIM(t)
	base := kiwix(t, name)
	dir := t.TempDir()
	r, err := book.Importer{}.Import(t.Context(), name, dir)
	must(t, err)
	b, err := book.Open(filepath.Join(dir, r.Made[0]))
	must(t, err)
	defer b.Close()
	z, err := zim.Open(name, zim.Limits{})
	must(t, err)
	defer z.Close()
	entries, err := z.Entries(t.Context())
	must(t, err)
	same := 0
	for _, e := range entries {
		path, ok := z.Address(e)
		if !ok {
			continue
		}
		got, entry := content(t, b, path)
		want, kind := fetched(t, base+(&url.URL{Path: path}).EscapedPath())
		if got != string(want) || entry.Type != kind {
			t.Errorf("%s: %d bytes of %s; kiwix-serve gives %d of %s", path, len(got), entry.Type, len(want), kind)
		}
		same++
	}
	if same < 7000 || r.Pages < 2500 {
		t.Errorf("%d entries the same, %d pages; want the whole help", same, r.Pages)
	}
	t.Logf("%d entries the same as kiwix-serve's, %d pages, %d links to a network", same, r.Pages, r.Remote)
}

func fetched(t *testing.T, address string) ([]byte, string) {
	t.Helper()
	resp, err := http.Get(address)
	must(t, err)
	defer resp.Body.Close()
	var body bytes.Buffer
	_, err = io.Copy(&body, resp.Body)
	must(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("GET %s: %s", address, resp.Status)
	}
	return body.Bytes(), resp.Header.Get("Content-Type")
}
