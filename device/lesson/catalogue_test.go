package lesson_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
)

func TestPackReplacesTheBuiltinLesson(t *testing.T) {
	dir := t.TempDir()
	yaml := strings.Replace(small()["lesson.yaml"], "id: petite", "id: souris", 1)
	writeFolder(t, filepath.Join(dir, "new"), with(map[string]string{"lesson.yaml": yaml}))
	c := lesson.Open(t.Context(), builtin(t), dir)
	l, ok := c.Lesson("souris")
	if !ok || l.Title != "Petite leçon" || len(c.Lessons()) != len(folders(t)) || len(c.Refused()) != 0 {
		t.Errorf("Lesson(souris) = %v, %d lessons, refused %v; want the pack's among %d", ok, len(c.Lessons()), c.Refused(), len(folders(t)))
	}
}

func TestSecondPackWithTheSameIDIsReported(t *testing.T) {
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "a"), small())
	writeFolder(t, filepath.Join(dir, "b"), small())
	c := lesson.Open(t.Context(), nil, dir)
	if len(c.Lessons()) != 1 || len(c.Refused()) != 1 || !errors.Is(c.Refused()[0].Err, lesson.ErrDuplicate) {
		t.Errorf("%d lessons, refused %v; want one and ErrDuplicate", len(c.Lessons()), c.Refused())
	}
}

func TestFolderNamedAfterItsContent(t *testing.T) {
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "a"), small())
	l, _ := lesson.Open(t.Context(), nil, dir).Lesson("petite")
	named := filepath.Join(dir, l.Hash)
	if err := os.Rename(filepath.Join(dir, "a"), named); err != nil {
		t.Fatal(err)
	}
	if c := lesson.Open(t.Context(), nil, dir); len(c.Lessons()) != 1 {
		t.Errorf("refused %v; want the lesson under its own hash", c.Refused())
	}
	writeFolder(t, named, map[string]string{"1.md": "# Bonjour\n\nChangé.\n"})
	c := lesson.Open(t.Context(), nil, dir)
	if len(c.Refused()) != 1 || !errors.Is(c.Refused()[0].Err, lesson.ErrHash) {
		t.Errorf("refused %v after a change; want ErrHash", c.Refused())
	}
}

func TestMissingDirectoryIsNoRefusal(t *testing.T) {
	c := lesson.Open(t.Context(), nil, filepath.Join(t.TempDir(), "none"))
	if len(c.Lessons()) != 0 || len(c.Refused()) != 0 {
		t.Errorf("lessons %d, refused %v; want nothing", len(c.Lessons()), c.Refused())
	}
}

func TestMissingSlotsStayVisible(t *testing.T) {
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "a"), small())
	l, _ := lesson.Open(t.Context(), nil, dir).Lesson("petite")
	slots := l.Slots()
	if len(slots) != 7 {
		t.Fatalf("Slots() has %d; want the seven kinds", len(slots))
	}
	for _, s := range slots {
		if want := s.Kind == lesson.QuizKind; s.Present != want {
			t.Errorf("slot %s present = %v; want %v", s.Kind, s.Present, want)
		}
	}
}

func TestVideoIsReadWhereItLies(t *testing.T) {
	files := with(map[string]string{"film.vtt": "WEBVTT\n"})
	files["lesson.yaml"] = strings.Replace(files["lesson.yaml"], "{quiz: quiz.md}", "{quiz: quiz.md, video: film.mp4}\ncaptions: film.vtt", 1)
	dir, zdir := t.TempDir(), t.TempDir()
	writeZip(t, filepath.Join(zdir, "p.zip"), withStored(t, files, "film.mp4", "une vidéo"))
	files["film.mp4"] = "une vidéo"
	writeFolder(t, filepath.Join(dir, "p"), files)
	for _, d := range []string{dir, zdir} {
		c := lesson.Open(t.Context(), nil, d)
		l, ok := c.Lesson("petite")
		if !ok || !l.Has(lesson.Video) {
			t.Fatalf("refused %v; want a lesson with a video", c.Refused())
		}
		f, err := l.OpenMedia("film.mp4")
		if err != nil {
			t.Fatalf("OpenMedia: %v", err)
		}
		if _, err := f.Seek(4, io.SeekStart); err != nil {
			t.Errorf("Seek: %v", err)
		}
		rest, err := io.ReadAll(f)
		if err != nil || string(rest) != "vidéo" {
			t.Errorf("rest of the video = %q, %v; want vidéo", rest, err)
		}
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if got := media(t, l, "film.vtt"); got != "WEBVTT\n" {
			t.Errorf("captions = %q; want WEBVTT", got)
		}
	}
}

func media(t *testing.T, l *lesson.Lesson, name string) string {
	t.Helper()
	f, err := l.OpenMedia(name)
	if err != nil {
		t.Fatalf("OpenMedia(%s): %v", name, err)
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func withStored(t *testing.T, files map[string]string, name, content string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	add := func(name, text string, method uint16) {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	for n, text := range files {
		add(n, text, zip.Deflate)
	}
	add(name, content, zip.Store)
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
