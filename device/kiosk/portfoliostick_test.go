package kiosk_test

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/portfolio"
)

// withStick is a station with ma carte and a folder for a stick.
func withStick(t *testing.T) (*carded, string) {
	t.Helper()
	dir := t.TempDir()
	c := newCarded(t)
	c.part.Stick = kiosk.StickAt(dir)
	return c, dir
}

func (c *carded) finish() {
	c.post("/session/fin", url.Values{})
	c.part.Forget() // what the launcher does at the end of a session
	c.post("/session/debut", url.Values{})
}

func TestACardIsKeptOnAStickAndReadBack(t *testing.T) {
	c, dir := withStick(t)
	c.post("/lecon/souris/terminer", url.Values{})
	_, page := c.get("/carte")
	c.wants(page, `action="/carte/garder"`)
	_, page = c.post("/carte/garder", url.Values{})
	c.wants(page, "Votre carte est sur la clé")
	file := filepath.Join(dir, "ma-carte", "ma-carte.svg")
	if raw, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(raw, []byte("<svg")) {
		t.Fatalf("file on the stick: %.20q, %v; want a picture", raw, err)
	}
	c.finish()
	_, page = c.get("/carte")
	c.wants(page, "Elle ne dit encore rien")
	_, page = c.get("/carte/relire")
	c.wants(page, `action="/carte/cle"`)
	_, page = c.post("/carte/cle", url.Values{})
	c.wants(page, "Votre carte est relue. Elle a bien été faite", `value="materiel"`)
	c.post("/carte/garder", url.Values{"aide": {"on"}})
	if _, err := os.Stat(filepath.Join(dir, "ma-carte", "ma-carte-2.svg")); err == nil {
		t.Error("a card that was read from the stick is kept twice")
	}
}

func TestSeveralPeopleShareAStick(t *testing.T) {
	c, dir := withStick(t)
	for _, theme := range []string{"messagerie", "sante"} {
		c.finish()
		c.shows(portfolio.Card{Month: 70, Themes: []string{theme}}, ledgerKey)
		c.post("/carte/garder", url.Values{})
	}
	c.finish()
	_, page := c.post("/carte/cle", url.Values{})
	c.wants(page, "Laquelle est à vous", "ma-carte-2.svg")
	_, page = c.post("/carte/cle", url.Values{"carte": {"ma-carte-2.svg"}})
	c.wants(page, `value="sante"`)
	if strings.Contains(page, `value="messagerie"`) {
		t.Error("somebody else's card was read too")
	}
	if _, err := os.Stat(filepath.Join(dir, "ma-carte", "ma-carte.svg")); err != nil {
		t.Error(err)
	}
}

// A stick is somebody else's work.
func TestWhatIsNoCardIsPassedOver(t *testing.T) {
	c, dir := withStick(t)
	folder := filepath.Join(dir, "ma-carte")
	lie := []byte("<svg><desc>" + strings.Repeat("9", 191) + "</desc>")
	if err := errors.Join(os.MkdirAll(filepath.Join(folder, "ma-carte-3.svg"), 0o755), os.Symlink("/etc/passwd", filepath.Join(folder, "ma-carte-2.svg")),
		os.WriteFile(filepath.Join(folder, "ma-carte.svg"), lie, 0o644)); err != nil {
		t.Fatal(err)
	}
	_, page := c.post("/carte/cle", url.Values{})
	c.wants(page, "Il n’y a pas de carte sur cette clé")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	_, page = c.post("/carte/cle", url.Values{})
	c.wants(page, "Il n’y a pas de clé USB")
}
