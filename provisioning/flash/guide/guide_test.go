package guide_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/flash/guide"
)

// TestFiles holds the page to its folder: it is opened where there is no
// network, and everything in the folder is for it.
func TestFiles(t *testing.T) {
	page, err := fs.ReadFile(guide.Files, "guide.html")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"guide.html": true}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(string(page), -1) {
		used[m[1]] = true
		if _, err := fs.Stat(guide.Files, m[1]); err != nil {
			t.Errorf("the page asks for %s: %v", m[1], err)
		}
	}
	files, err := fs.Glob(guide.Files, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := fs.ReadFile(guide.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if !used[name] {
			t.Errorf("%s is shown nowhere", name)
		}
		if strings.Contains(strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", ""), "://") {
			t.Errorf("%s asks for something from elsewhere", name)
		}
	}
}

// TestWords holds the page to what a person must not miss.
func TestWords(t *testing.T) {
	page, err := fs.ReadFile(guide.Files, "guide.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"Tout ce que contient la clé sera perdu", "Rufus", "Image DD", "balenaEtcher", "diskutil", "kitctl flash", "Secure Boot",
		"SHA256SUMS", "n’est ni ouvert ni modifié", "F12", "formater"} {
		if !strings.Contains(string(page), words) {
			t.Errorf("the page lacks %q", words)
		}
	}
}
