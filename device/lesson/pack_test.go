package lesson_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
)

// small is the files of the smallest lesson there is.
func small() map[string]string {
	return map[string]string{
		"lesson.yaml": `format: 1
id: petite
title: Petite leçon
summary: Pour essayer.
languages: [fr]
levels: [debutant]
audiences: [tous_publics]
themes: [materiel]
minutes: 10
licence: etalab_2_0
authors: [Nous]
steps: [1.md]
assets: {quiz: quiz.md}
`,
		"1.md":    "# Bonjour\n\nUn pas.\n\n![Un rond](images/rond.svg)\n",
		"quiz.md": "# Questions\n\n## Oui ?\n\n[(X)] Oui\n[( )] Non\n[[?]] Presque\n***\nBravo.\n***\n",
		"images/rond.svg": `<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>
`,
	}
}

// with changes some files of the smallest lesson; an empty one is left out.
func with(change map[string]string) map[string]string {
	files := small()
	maps.Copy(files, change)
	maps.DeleteFunc(files, func(_, text string) bool { return text == "" })
	return files
}

func writeFolder(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func writeZip(t testing.TB, name string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(name, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFolderAndZipAreTheSameLesson(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	writeFolder(t, filepath.Join(a, "petite"), small())
	writeZip(t, filepath.Join(b, "petite.zip"), zipped(t, small()))
	var hashes []string
	for _, dir := range []string{a, b} {
		c := lesson.Open(t.Context(), nil, dir)
		l, ok := c.Lesson("petite")
		if !ok {
			t.Fatalf("Open(%s): refused %v; want the lesson", filepath.Base(dir), c.Refused())
		}
		if got := string(l.Steps[0].HTML); !strings.Contains(got, `src="/lecon/petite/image/rond.svg"`) {
			t.Errorf("step = %q; want the picture at the station's address", got)
		}
		hashes = append(hashes, l.Hash)
	}
	if hashes[0] != hashes[1] {
		t.Errorf("hash of the folder %s, of the zip %s; want the same", hashes[0], hashes[1])
	}
}

func TestHostilePacksAreRefusedByKind(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  error
	}{
		{"no lesson.yaml", with(map[string]string{"lesson.yaml": ""}), lesson.ErrMissing},
		{"broken yaml", with(map[string]string{"lesson.yaml": "id: [\n"}), lesson.ErrFormat},
		{"unknown field", with(map[string]string{"lesson.yaml": small()["lesson.yaml"] + "run: sh\n"}), lesson.ErrFormat},
		{"yaml bomb", with(map[string]string{"lesson.yaml": bomb()}), lesson.ErrFormat},
		{"step missing", with(map[string]string{"1.md": ""}), lesson.ErrMissing},
		{"step without title", with(map[string]string{"1.md": "Un pas."}), lesson.ErrFormat},
		{"script in a step", with(map[string]string{"1.md": "# A\n\n<script>x()</script>\n"}), lesson.ErrActive},
		{"event in a step", with(map[string]string{"1.md": "# A\n\nx <b onclick=x()>y</b>\n"}), lesson.ErrActive},
		{"script link", with(map[string]string{"1.md": "# A\n\n[x](javascript:x)\n"}), lesson.ErrActive},
		{"remote link", with(map[string]string{"1.md": "# A\n\n[x](https://exemple.fr)\n"}), lesson.ErrRemote},
		{"remote auto link", with(map[string]string{"1.md": "# A\n\n<https://exemple.fr>\n"}), lesson.ErrRemote},
		{"remote picture", with(map[string]string{"1.md": "# A\n\n![x](//exemple.fr/a.svg)\n"}), lesson.ErrRemote},
		{"picture outside", with(map[string]string{"1.md": "# A\n\n![x](../../rond.svg)\n"}), lesson.ErrMissing},
		{"picture not described", with(map[string]string{"1.md": "# A\n\n![](images/rond.svg)\n"}), lesson.ErrFormat},
		{"picture that is a page", with(map[string]string{"images/a.png": "<html>"}), lesson.ErrFormat},
		{"script in a drawing", with(map[string]string{"images/rond.svg": `<svg><script>x()</script></svg>`}), lesson.ErrActive},
		{"event in a drawing", with(map[string]string{"images/rond.svg": `<svg onload="x()"/>`}), lesson.ErrActive},
		{"entity in a drawing", with(map[string]string{"images/rond.svg": `<!DOCTYPE svg [<!ENTITY a "b">]><svg/>`}), lesson.ErrActive},
		{"page in a drawing", with(map[string]string{"images/rond.svg": `<svg><foreignObject/></svg>`}), lesson.ErrActive},
		{"remote drawing", with(map[string]string{"images/rond.svg": `<svg><use href="http://exemple.fr/a.svg#b"/></svg>`}), lesson.ErrRemote},
		{"remote style", with(map[string]string{"images/rond.svg": `<svg><path style="fill:url(http://exemple.fr)"/></svg>`}), lesson.ErrRemote},
		{"program in the pack", with(map[string]string{"run.sh": "rm"}), lesson.ErrActive},
		{"page in the pack", with(map[string]string{"index.html": "<p>"}), lesson.ErrActive},
		{"text too large", with(map[string]string{"1.md": "# A\n" + strings.Repeat("a b ", 100_000)}), lesson.ErrTooLarge},
		{"picture too large", with(map[string]string{"images/rond.svg": "<svg>" + strings.Repeat("<g/>", 300_000) + "</svg>"}), lesson.ErrTooLarge},
		{"too many files", crowd(), lesson.ErrTooLarge},
		{"quiz without answer", with(map[string]string{"quiz.md": "# Q\n\n## Oui ?\n\n[( )] a\n[( )] b\n"}), lesson.ErrQuiz},
	}
	house := t.TempDir()
	writeFolder(t, filepath.Join(house, "autre"), with(map[string]string{"lesson.yaml": strings.Replace(small()["lesson.yaml"], "id: petite", "id: autre", 1)}))
	home := os.DirFS(house)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFolder(t, filepath.Join(dir, "pack"), tt.files)
			writeZip(t, filepath.Join(dir, "pack.zip"), zipped(t, tt.files))
			c := lesson.Open(t.Context(), home, dir)
			if len(c.Refused()) != 2 || len(c.Lessons()) != 1 {
				t.Fatalf("refused %v with %d lessons shown; want both packs refused and the other lesson shown", c.Refused(), len(c.Lessons()))
			}
			for _, r := range c.Refused() {
				if !errors.Is(r.Err, tt.want) {
					t.Errorf("%s refused with %v; want %v", r.Pack, r.Err, tt.want)
				}
				if strings.Contains(r.Err.Error(), "exemple") {
					t.Errorf("%s: the refusal quotes the pack: %v", r.Pack, r.Err)
				}
			}
		})
	}
}

// bomb is a document that would be huge if its aliases were followed.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 9; i++ {
		n, m := string(rune('0'+i)), string(rune('0'+i-1))
		b.WriteString("a" + n + ": &a" + n + " [" + strings.Repeat("*a"+m+",", 9) + "*a" + m + "]\n")
	}
	return b.String() + "objectives: *a8\n"
}

func crowd() map[string]string {
	files := small()
	for i := range 500 {
		files["n/"+strings.Repeat("a", i/26+1)+string(rune('a'+i%26))+".md"] = "# A\n"
	}
	return files
}

func TestHostileZipsAreRefused(t *testing.T) {
	tests := []struct {
		name string
		raw  []byte
		want error
	}{
		{"not a zip", []byte("bonjour"), lesson.ErrFormat},
		{"cut short", zipped(t, small())[:300], lesson.ErrFormat},
		{"zip bomb", zipped(t, with(map[string]string{"images/big.svg": strings.Repeat("\x00", 8<<20)})), lesson.ErrTooLarge},
		{"traversal", zipped(t, with(map[string]string{"../../evil.md": "x"})), lesson.ErrPath},
		{"absolute", zipped(t, with(map[string]string{"/etc/evil.md": "x"})), lesson.ErrPath},
		{"link", linked(t), lesson.ErrPath},
		{"same name twice", twice(t), lesson.ErrPath},
		{"endless list", endless(t), lesson.ErrTooLarge},
		{"compressed video", zipped(t, with(map[string]string{"film.mp4": "x"})), lesson.ErrFormat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writeZip(t, filepath.Join(dir, "pack.zip"), tt.raw)
			c := lesson.Open(t.Context(), nil, dir)
			if len(c.Refused()) != 1 || !errors.Is(c.Refused()[0].Err, tt.want) {
				t.Errorf("refused = %v; want %v", c.Refused(), tt.want)
			}
			if left, _ := os.ReadDir(dir); len(left) != 1 {
				t.Errorf("%d files in the folder after reading; want the zip alone", len(left))
			}
		})
	}
}

func linked(t *testing.T) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	h := &zip.FileHeader{Name: "1.md"}
	h.SetMode(fs.ModeSymlink | 0o777)
	w, err := zw.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, "/etc/passwd")
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func twice(t *testing.T) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for range 2 {
		if _, err := zw.Create("1.md"); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func endless(t *testing.T) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for i := range 20_000 {
		if _, err := zw.Create(strings.Repeat("a", i%50) + "x.md"); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestLinksAreNotFollowed(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	writeFolder(t, outside, small())
	if err := os.Symlink(outside, filepath.Join(dir, "whole")); err != nil {
		t.Fatal(err)
	}
	writeFolder(t, filepath.Join(dir, "part"), with(map[string]string{"1.md": ""}))
	if err := os.Symlink(filepath.Join(outside, "1.md"), filepath.Join(dir, "part", "1.md")); err != nil {
		t.Fatal(err)
	}
	c := lesson.Open(t.Context(), nil, dir)
	if len(c.Lessons()) != 0 || len(c.Refused()) != 2 {
		t.Fatalf("lessons %d, refused %v; want none and two", len(c.Lessons()), c.Refused())
	}
	for _, r := range c.Refused() {
		if !errors.Is(r.Err, lesson.ErrPath) {
			t.Errorf("%s refused with %v; want ErrPath", r.Pack, r.Err)
		}
	}
}
