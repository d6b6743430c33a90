package lesson_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
)

func TestBundleIsTheSameEachTime(t *testing.T) {
	files := with(map[string]string{"film.webm": "not compressed", "audio/1.ogg": "OggS"})
	var bundles [2]bytes.Buffer
	var hash string
	for i := range bundles {
		dir := t.TempDir()
		writeFolder(t, dir, files)
		l, err := lesson.Bundle(&bundles[i], os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		hash = l.Hash
	}
	if !bytes.Equal(bundles[0].Bytes(), bundles[1].Bytes()) {
		t.Error("two bundles of the same files differ")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, hash+".zip"), bundles[0].Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	c := lesson.Open(t.Context(), nil, dir)
	if l, ok := c.Lesson("petite"); !ok || l.Hash != hash {
		t.Errorf("bundle on the disk: %v, refused %v; want the lesson by its hash", ok, c.Refused())
	}
}

func TestLibraryFollowsTheFolder(t *testing.T) {
	dir := t.TempDir()
	withheld := 0
	b := lesson.OpenLibrary(t.Context(), nil, dir, func(l *lesson.Lesson) { withheld++; l.Withhold() })
	if b.Reload(t.Context()) {
		t.Error("an unchanged folder was read again")
	}
	changed := b.Changed()
	writeFolder(t, filepath.Join(dir, "petite"), small())
	if !b.Reload(t.Context()) {
		t.Fatal("a new pack was not seen")
	}
	<-changed
	l, ok := b.Lesson("petite")
	if !ok || len(l.Accessible) != 0 || withheld != 1 {
		t.Errorf("lesson = %v, amended %d times; want it there, amended once", ok, withheld)
	}
	writeFolder(t, filepath.Join(dir, "petite"), map[string]string{"1.md": "# Au revoir\n\nUn pas.\n"})
	if !b.Reload(t.Context()) {
		t.Fatal("an edited pack was not seen")
	}
	if again, _ := b.Lesson("petite"); again.Steps[0].Title != "Au revoir" || l.Steps[0].Title != "Bonjour" {
		t.Error("an edit is not seen, or changed the lesson somebody has open")
	}
	writeFolder(t, filepath.Join(dir, "mauvaise"), map[string]string{"lesson.yaml": "x"})
	b.Reload(t.Context())
	if r := b.Refused(); len(r) != 1 || r[0].Why() != "format" || r[0].Hash() != "" {
		t.Errorf("refused = %v; want one, for its format", r)
	}
}
