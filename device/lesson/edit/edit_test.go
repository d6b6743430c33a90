package edit_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/edit"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

// workshop is a station's own lessons on a real disk.
type workshop struct {
	*edit.Book
	t    testing.TB
	data string
}

func newWorkshop(t testing.TB) *workshop {
	t.Helper()
	w := &workshop{t: t, data: t.TempDir()}
	w.reopen()
	return w
}

// reopen is what a start does.
func (w *workshop) reopen() {
	w.t.Helper()
	w.Book = edit.Open(filepath.Join(w.data, "lessons"), filepath.Join(w.data, "edits"))
	if err := w.Resume(); err != nil {
		w.t.Fatalf("Resume: %v", err)
	}
}

// catalogue is what people see now.
func (w *workshop) catalogue() *lesson.Catalogue {
	w.t.Helper()
	files, err := fs.Sub(kioskui.Files, "lessons")
	if err != nil {
		w.t.Fatal(err)
	}
	return lesson.Open(w.t.Context(), files, filepath.Join(w.data, "lessons"))
}

// own is what people see of the lessons on the disk.
func (w *workshop) own() *lesson.Catalogue {
	return lesson.Open(w.t.Context(), nil, filepath.Join(w.data, "lessons"))
}

func (w *workshop) lesson(id string) *lesson.Lesson {
	w.t.Helper()
	if l, ok := w.own().Lesson(id); ok {
		return l
	}
	c := w.catalogue()
	l, ok := c.Lesson(id)
	if !ok {
		w.t.Fatalf("lesson %q is not shown; refused %v", id, c.Refused())
	}
	return l
}

func (w *workshop) derive(of string) string {
	w.t.Helper()
	c := w.catalogue()
	id, err := w.Derive(w.lesson(of), "Médiathèque des Tilleuls", func(id string) bool { _, ok := c.Lesson(id); return ok })
	if err != nil {
		w.t.Fatalf("Derive(%s): %v", of, err)
	}
	return id
}

// content is every file of a lesson.
func content(t testing.TB, l *lesson.Lesson) map[string]string {
	t.Helper()
	files, done, err := l.Files()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	all := map[string]string{}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, name)
		all[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const firstStep = "etapes/1-bonjour.md"

func TestADerivativeKeepsEverythingAndSaysWhereItIsFrom(t *testing.T) {
	w := newWorkshop(t)
	for _, of := range []string{"souris", "clavier", "arnaque", "courriel"} {
		parent := w.lesson(of)
		id := w.derive(of)
		l := w.lesson(id)
		if id != of+"-adaptee" || l.Licence != parent.Licence || len(l.Lineage) != 1 || l.Lineage[0].Hash != parent.Hash || l.Lineage[0].ID != of || l.Reviewed != "" {
			t.Errorf("%s: id %q, licence %q, lineage %+v, reviewed %q; want the parent's, by nobody", of, id, l.Licence, l.Lineage, l.Reviewed)
		}
		if last := l.Authors[len(l.Authors)-1]; l.Authors[0] != parent.Authors[0] || last != "Médiathèque des Tilleuls" {
			t.Errorf("%s: authors %q; want the parent's and the structure", of, l.Authors)
		}
		was, is := content(t, parent), content(t, l)
		for name := range was {
			if name != "lesson.yaml" && was[name] != is[name] {
				t.Errorf("%s: %s differs from the parent's", of, name)
			}
		}
		if len(was) != len(is) {
			t.Errorf("%s has %d files; want %d", of, len(is), len(was))
		}
	}
}

func TestADerivativePassesTheGateAsItsParentDoes(t *testing.T) {
	w := newWorkshop(t)
	id := w.derive("souris")
	files, done, err := w.Files(id)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if r := check.Files(id, files); !r.Accessible() {
		t.Errorf("the gate finds %+v; want an accessible lesson", r.Findings)
	}
}

// change saves one text and fails the test when that goes wrong.
func (w *workshop) change(id, file, words, easy string) error {
	w.t.Helper()
	d, _, err := w.Get(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.Change(id, func(next *edit.Draft) error { return next.SetText(file, d.Seen(file), words, easy) })
}

func TestEditingReadsBackTheSameBytes(t *testing.T) {
	w := newWorkshop(t)
	id := w.derive("souris")
	before := content(t, w.lesson(id))
	words := "# Bonjour à vous\n\nOn commence **ensemble**.\n\n![Une souris](images/souris.svg)\n"
	if err := w.change(id, firstStep, words, "# Bonjour\n\nOn commence.\n"); err != nil {
		t.Fatalf("SetText: %v", err)
	}
	after := content(t, w.lesson(id))
	want := before
	want[firstStep], want["etapes/1-bonjour.facile.md"] = words, "# Bonjour\n\nOn commence.\n"
	for _, name := range []string{"etapes/1-bonjour.en.md", "etapes/1-bonjour.en.facile.md"} {
		if after[name] != "" {
			t.Errorf("%s still translates words that are gone", name)
		}
		delete(want, name)
	}
	for name := range want {
		if after[name] != want[name] {
			t.Errorf("%s = %.80q; want %.80q", name, after[name], want[name])
		}
	}
	var first, second bytes.Buffer
	if err := errors.Join(w.Pack(&first, id), w.Pack(&second, id)); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("Pack twice: %v, same %v; want the same bytes", err, bytes.Equal(first.Bytes(), second.Bytes()))
	}
	if l := w.lesson("souris"); l.Steps[0].Title == "Bonjour à vous" {
		t.Error("the original changed")
	}
}

func TestStepsAreAddedMovedAndRemoved(t *testing.T) {
	w := newWorkshop(t)
	id := w.derive("souris")
	var added string
	err := w.Change(id, func(d *edit.Draft) (err error) {
		if added, err = d.AddStep(1, "La pause"); err != nil {
			return err
		}
		d.MoveStep(0, 1)
		return d.RemoveStep(5)
	})
	if err != nil {
		t.Fatal(err)
	}
	l := w.lesson(id)
	var titles []string
	for _, s := range l.Steps {
		titles = append(titles, s.Title)
	}
	if len(titles) != 6 || titles[0] != "La pause" || l.StepFiles[0] != added || l.StepFiles[1] != firstStep {
		t.Errorf("steps %q in %q; want the new one first, then the first, 6 in all", titles, l.StepFiles)
	}
	if _, there := content(t, l)["etapes/5-molette.md"]; there {
		t.Error("the file of a removed step stays")
	}
	for range 5 {
		err = errors.Join(err, w.Change(id, func(d *edit.Draft) error { return d.RemoveStep(0) }))
	}
	if last := w.Change(id, func(d *edit.Draft) error { return d.RemoveStep(0) }); err != nil || !errors.Is(last, edit.ErrLast) {
		t.Errorf("removing all but one = %v, then %v; want nil, ErrLast", err, last)
	}
}

func TestWhatNoStationShowsIsKept(t *testing.T) {
	cases := []struct {
		name, file, words string
		want              error
	}{
		{"HTML", firstStep, "# A\n\n<script>alert(1)</script>\n", lesson.ErrActive},
		{"an address", firstStep, "# A\n\n<https://exemple.fr>\n", lesson.ErrRemote},
		{"a picture elsewhere", firstStep, "# A\n\n![a](https://exemple.fr/a.png)\n", lesson.ErrRemote},
		{"a script in a link", firstStep, "# A\n\n[a](javascript:alert(1))\n", lesson.ErrActive},
		{"a picture that is not there", firstStep, "# A\n\n![a](images/rien.svg)\n", lesson.ErrMissing},
		{"no title", firstStep, "Bonjour", lesson.ErrFormat},
		{"nothing", firstStep, "", lesson.ErrFormat},
		{"a quiz without a right answer", "quiz.md", "# Q\n\n## Une ?\n[( )] a\n[( )] b\n", lesson.ErrQuiz},
		{"too much", "memo.md", "# A\n\n" + strings.Repeat("mot ", 70_000), lesson.ErrTooLarge},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkshop(t)
			id := w.derive("souris")
			shown := w.lesson(id).Hash
			err := w.change(id, c.file, c.words, "")
			if !errors.Is(err, edit.ErrHeld) || !errors.Is(err, c.want) {
				t.Errorf("SetText = %v; want ErrHeld and %v", err, c.want)
			}
			if words := strings.TrimSpace(c.words); len(words) > 12 && strings.Contains(err.Error(), words[4:]) {
				t.Errorf("the error quotes what was typed: %v", err)
			}
			w.reopen()
			d, held, err := w.Get(id)
			if err != nil || !held || d.Texts[c.file] != c.words || w.lesson(id).Hash != shown {
				t.Errorf("after a start: held %v, %v, text %.40q; want the words kept and the lesson as it was", held, err, d.Texts[c.file])
			}
			if err := w.change(id, c.file, "# Bien\n\n## Une ?\n[(X)] a\n[( )] b\n", ""); err != nil {
				t.Errorf("repaired = %v; want it shown", err)
			}
		})
	}
}

func TestStaleTextsAreNotOverwritten(t *testing.T) {
	w := newWorkshop(t)
	id := w.derive("souris")
	d, _, _ := w.Get(id)
	one := d.Seen(firstStep)
	save := func(words string) error {
		return w.Change(id, func(next *edit.Draft) error { return next.SetText(firstStep, one, words, "") })
	}
	if err := save("# A\n"); err != nil {
		t.Fatal(err)
	}
	if err := save("# B\n"); !errors.Is(err, edit.ErrStale) {
		t.Errorf("a second tab = %v; want ErrStale", err)
	}
	if err := save("# A\r\n"); err != nil {
		t.Errorf("the same words again = %v; want nil", err)
	}
	if d, _, _ := w.Get(id); d.Texts[firstStep] != "# A\n" {
		t.Errorf("text = %q; want the first", d.Texts[firstStep])
	}
}

func TestWhatTheLessonSaysOfItself(t *testing.T) {
	w := newWorkshop(t)
	id := w.derive("souris")
	d, _, _ := w.Get(id)
	about := d.About
	about.Title, about.Minutes, about.Words, about.Cover = "La souris pour tous", "30", "La flèche : le pointeur\nCliquer: appuyer", "clic.svg"
	if err := w.Change(id, func(next *edit.Draft) error { return next.SetAbout(d.SeenAbout(), about) }); err != nil {
		t.Fatal(err)
	}
	l := w.lesson(id)
	if l.Title != "La souris pour tous" || l.Minutes != 30 || len(l.Words) != 2 || l.Words[1].Meaning != "appuyer" || l.Cover != "images/clic.svg" || len(l.Objectives) != 4 {
		t.Errorf("lesson = %q, %d min, words %+v, cover %q; want what was typed", l.Title, l.Minutes, l.Words, l.Cover)
	}
	about.Minutes, about.Title = "une heure", ""
	d, _, _ = w.Get(id)
	err := w.Change(id, func(next *edit.Draft) error { return next.SetAbout(d.SeenAbout(), about) })
	if d, held, _ := w.Get(id); !errors.Is(err, edit.ErrHeld) || !held || d.About.Minutes != "une heure" {
		t.Errorf("minutes in letters = %v, kept %q; want ErrHeld and the words", err, d.About.Minutes)
	}
	if n := (edit.About{Words: "a : b\n\nsans sens\n"}).Unsaid(); n != 3 {
		t.Errorf("Unsaid = %d; want 3", n)
	}
}

func TestAsideAndBack(t *testing.T) {
	w := newWorkshop(t)
	id := w.derive("souris")
	shown := w.lesson(id).Hash
	if err := w.PutAside(id); err != nil {
		t.Fatal(err)
	}
	w.reopen()
	if _, there := w.catalogue().Lesson(id); there || !w.List()[0].Aside {
		t.Errorf("put aside: shown %v, list %+v; want it listed aside only", there, w.List())
	}
	if _, _, err := w.Get(id); !errors.Is(err, edit.ErrUnknown) {
		t.Errorf("Get of one put aside = %v; want ErrUnknown", err)
	}
	if other := w.derive("souris"); other == id {
		t.Errorf("a new lesson takes the name %q of one put aside", other)
	}
	if err := w.Restore(id); err != nil || w.lesson(id).Hash != shown {
		t.Errorf("Restore = %v; want the same lesson", err)
	}
	if err := w.Erase(id); !errors.Is(err, edit.ErrUnknown) {
		t.Errorf("Erase of a shown lesson = %v; want ErrUnknown", err)
	}
	if err := errors.Join(w.PutAside(id), w.Erase(id)); err != nil || w.Owns(id) {
		t.Errorf("Erase = %v, owns %v; want it gone", err, w.Owns(id))
	}
}

func TestALessonGoesOnAStick(t *testing.T) {
	w, stick := newWorkshop(t), t.TempDir()
	id := w.derive("souris")
	if err := errors.Join(w.change(id, firstStep, "# Salut\n", ""), w.Carry(id, stick)); err != nil {
		t.Fatal(err)
	}
	brought := edit.OnStick(stick)
	if len(brought) != 1 || brought[0].Title != "La souris (adaptée)" {
		t.Fatalf("OnStick = %+v; want the lesson", brought)
	}
	have := func(hash string) bool { return w.lesson(id).Hash == hash }
	taken := func(string) bool { return false }
	if _, err := w.Take(brought[0].Name, stick, have, taken); !errors.Is(err, edit.ErrHere) {
		t.Errorf("Take where it is already = %v; want ErrHere", err)
	}
	other := newWorkshop(t)
	got, err := other.Take(brought[0].Name, stick, func(string) bool { return false }, taken)
	if err != nil || got != id || other.lesson(id).Hash != w.lesson(id).Hash {
		t.Errorf("Take = %q, %v; want the same lesson with the same content", got, err)
	}
	if again, err := other.Take(brought[0].Name, stick, func(string) bool { return false }, taken); err != nil || again == id {
		t.Errorf("Take beside another = %q, %v; want another name", again, err)
	}
}

func TestHostilePacksOfAStickAreRefused(t *testing.T) {
	w, stick := newWorkshop(t), t.TempDir()
	dir := filepath.Join(stick, edit.StickFolder)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.zip"), []byte("PK not"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := edit.OnStick(stick); len(got) != 1 || !errors.Is(got[0].Err, lesson.ErrFormat) {
		t.Errorf("OnStick = %+v; want a refusal", got)
	}
	no := func(string) bool { return false }
	if _, err := w.Take("x.zip", stick, no, no); !errors.Is(err, lesson.ErrFormat) {
		t.Errorf("Take = %v; want ErrFormat", err)
	}
	for _, name := range []string{"../x.zip", "", "y.zip"} {
		if _, err := w.Take(name, stick, no, no); !errors.Is(err, edit.ErrUnknown) {
			t.Errorf("Take(%q) = %v; want ErrUnknown", name, err)
		}
	}
	if list := w.List(); len(list) != 0 {
		t.Errorf("a refused pack left %+v", list)
	}
}

func TestAnUnknownLicenceIsRefused(t *testing.T) {
	w := newWorkshop(t)
	l := *w.lesson("souris")
	for _, licence := range []string{"no_licence", "cc_by_nd_4_0", ""} {
		l.Licence = licence
		if _, err := w.Derive(&l, "", func(string) bool { return false }); !errors.Is(err, edit.ErrLicence) {
			t.Errorf("Derive under %q = %v; want ErrLicence", licence, err)
		}
	}
}

func TestImages(t *testing.T) {
	text := "# A\n\n![Une souris](images/souris.svg)\n\nmot\n\n![](images/clic.svg)\n"
	images := edit.Images(text)
	if len(images) != 2 || images[0].Alt != "Une souris" || images[1].File != "clic.svg" {
		t.Fatalf("Images = %+v; want two", images)
	}
	text = edit.SetImage(text, images[1].Mark, edit.Image{Alt: "Un [clic]\n", File: "clic.svg"})
	text = edit.AddImage(text, edit.Image{Alt: "La main", File: "main.svg"})
	if got := edit.Images(text); len(got) != 3 || got[1].Alt != "Un (clic)" || got[2].File != "main.svg" {
		t.Errorf("Images after changes = %+v; want three described", got)
	}
}

// TestWhatIsTypedStaysTheWriters keeps words that were not saved over a
// restart, out of the lesson and off the stick, until they are saved or their
// page goes.
func TestWhatIsTypedStaysTheWriters(t *testing.T) {
	w := newWorkshop(t)
	id, stick := w.derive("souris"), t.TempDir()
	jot := edit.Jot{Seen: "x", Fields: map[string]string{"texte": "# Secret\r\n\x00"}}
	for _, page := range []string{firstStep, edit.AboutPage} {
		if err := w.Jot(id, page, jot); err != nil {
			t.Fatalf("Jot(%s) = %v; want it kept", page, err)
		}
	}
	if err := w.Jot(id, "absent.md", jot); !errors.Is(err, edit.ErrUnknown) {
		t.Errorf("Jot(absent.md) = %v; want ErrUnknown", err)
	}
	w.reopen()
	d, held, err := w.Get(id)
	if err != nil || held || d.Jots[firstStep].Fields["texte"] != "# Secret\n" {
		t.Errorf("after a restart = %+v, held %v, %v; want the words, and the lesson shown", d.Jots, held, err)
	}
	if err := w.Carry(id, stick); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(stick, edit.StickFolder, id+".zip"))
	if err != nil || bytes.Contains(raw, []byte("Secret")) {
		t.Errorf("the stick holds what was not saved (%v)", err)
	}
	err = w.Change(id, func(d *edit.Draft) error { return d.RemoveStep(0) })
	if d, _, _ = w.Get(id); err != nil || len(d.Jotted()) != 1 {
		t.Errorf("after the step went: %v, %v; want the other page alone", d.Jotted(), err)
	}
	if err := w.Jot(id, edit.AboutPage, edit.Jot{}); err != nil {
		t.Fatal(err)
	}
	if d, _, _ = w.Get(id); len(d.Jotted()) != 0 {
		t.Errorf("after it was dropped: %v; want nothing", d.Jotted())
	}
}
