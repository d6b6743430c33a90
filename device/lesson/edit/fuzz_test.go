package edit_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// small puts a lesson of few bytes on the station.
func (w *workshop) small() {
	w.t.Helper()
	for name, text := range map[string]string{
		"lesson.yaml": "format: 1\nid: petite\ntitle: Petite\nsummary: Une phrase.\nlanguages: [fr]\nlevels: [debutant]\naudiences: [tous_publics]\n" +
			"themes: [materiel]\nminutes: 5\nlicence: etalab_2_0\nauthors: [A]\nsteps: [" + firstStep + "]\nassets: {quiz: quiz.md}\n",
		firstStep:           "# Bonjour\n",
		"quiz.md":           "# Q\n\n## A ?\n[(X)] a\n[( )] b\n",
		"images/souris.svg": `<svg xmlns="http://www.w3.org/2000/svg"/>`,
	} {
		file := filepath.Join(w.data, "lessons", "petite", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// FuzzTyped types anything into every field: it is kept to the letter, it is
// shown only if the reader takes it, and nothing ever panics.
func FuzzTyped(f *testing.F) {
	f.Add("# Bonjour\n", "# Bonjour\r\n", "# Q\n\n## A ?\n[(X)] a\n[( )] b\n", "Titre", "mot : sens")
	f.Add("<script>", "![](images/x.svg)", "## ", "", ":")
	f.Add("# A\n![a](images/souris.svg)", "", "# Q\n## A\n[[X]] a\n[[ ]] b\n***", "\x00\xff", " : \n\n:")
	f.Add("# A\n\n--{{0}}-- dit\n", "[a](javascript:x)", "# Q\n## A\n1. [->[(a)|b]]\n2. [->[a|(b)]]\n", "a\nb", "é")
	w := newWorkshop(f)
	w.small()
	id := w.derive("petite")
	f.Fuzz(func(t *testing.T, words, easy, quiz, title, list string) {
		err := w.Change(id, func(d *edit.Draft) error {
			about := d.About
			about.Title, about.Words, about.Minutes = title, list, list
			return errors.Join(d.SetText(firstStep, d.Seen(firstStep), words, easy), d.SetText("quiz.md", d.Seen("quiz.md"), quiz, ""),
				d.SetAbout(d.SeenAbout(), about))
		})
		if err != nil && !errors.Is(err, edit.ErrHeld) {
			t.Fatalf("Change = %v; want nil or ErrHeld", err)
		}
		d, held, getErr := w.Get(id)
		if getErr != nil || held != (err != nil) || !utf8.ValidString(d.Texts[firstStep]) {
			t.Fatalf("Get = held %v, %v; want %v", held, getErr, err != nil)
		}
		files, done, err := w.Files(id)
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		kept, err := fs.ReadFile(files, firstStep)
		if err != nil || string(kept) != d.Texts[firstStep] {
			t.Errorf("file = %q, %v; want %q", kept, err, d.Texts[firstStep])
		}
		_, refused := lesson.Read(files)
		if (refused != nil) != held {
			t.Errorf("held %v and the reader says %v", held, refused)
		}
		check.Files(id, files)
		faults := edit.QuizFaults(d, files, "quiz.md")
		if errors.Is(refused, lesson.ErrQuiz) && len(faults) == 0 {
			t.Errorf("the quiz is refused and no fault is found in %q", d.Texts["quiz.md"])
		}
	})
}
