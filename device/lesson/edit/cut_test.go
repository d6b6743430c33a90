package edit_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// writerEnv makes the test program one that writes until it is killed.
const writerEnv = "MALLETTE_EDIT_WRITER"

func TestMain(m *testing.M) {
	if data := os.Getenv(writerEnv); data != "" {
		if err := writeForever(data); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForever saves texts one after the other and says each that was kept.
func writeForever(data string) error {
	book := edit.Open(filepath.Join(data, "lessons"), filepath.Join(data, "edits"))
	if err := book.Resume(); err != nil {
		return err
	}
	for n := 1; ; n++ {
		err := book.Change("souris-adaptee", func(d *edit.Draft) error {
			if n%7 == 0 {
				d.MoveStep(0, 1)
			}
			return d.SetText(firstStep, d.Seen(firstStep), words(n), "")
		})
		if err != nil && !errors.Is(err, edit.ErrHeld) {
			return err
		}
		fmt.Println(n)
	}
}

// words are a text that a station shows, and every third one that it does not.
func words(n int) string {
	if n%3 == 0 {
		return fmt.Sprintf("<b>%d</b>", n)
	}
	return fmt.Sprintf("# Texte %d\n\n%s\n", n, strings.Repeat("mot ", 500))
}

// TestAKilledWriterLosesNothing kills a program that writes, again and again,
// wherever it is: what it said is kept is kept, and people see a whole lesson.
func TestAKilledWriterLosesNothing(t *testing.T) {
	w := newWorkshop(t)
	id := w.derive("souris")
	for round := range 8 {
		kept := killAfter(t, w.data, round%5)
		w.reopen()
		d, held, err := w.Get(id)
		if err != nil {
			t.Fatalf("round %d: Get: %v", round, err)
		}
		got := d.Texts[firstStep]
		n := numberIn(got)
		if n < kept || got != words(n) {
			t.Errorf("round %d: kept %.30q; want that of %d or a later one", round, got, kept)
		}
		if l := w.lesson(id); held != (n%3 == 0) || len(l.Steps) != 6 {
			t.Errorf("round %d: held %v, %d steps; want %v, 6", round, held, len(l.Steps), n%3 == 0)
		}
		tidy(t, w.data)
	}
}

// killAfter runs a writer, kills it as soon as it has said that it kept at
// least more texts, and returns the last it said.
func killAfter(t *testing.T, data string, more int) int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), writerEnv+"="+data), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		kept, _ = strconv.Atoi(lines.Text())
		if kept == more+1 {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	if kept <= more {
		t.Fatalf("the writer kept %d texts; want more than %d", kept, more)
	}
	return kept
}

func numberIn(text string) int {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	n, _ := strconv.Atoi(digits)
	return n
}

// tidy fails when something half made is left where lessons are read.
func tidy(t *testing.T, data string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(data, "lessons"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".import-") && e.Name() != "souris-adaptee" {
			t.Errorf("the lessons folder holds %q", e.Name())
		}
	}
}

// TestWhatACutLeaves starts from every state that a cut between two of the
// disk's steps leaves.
func TestWhatACutLeaves(t *testing.T) {
	draft := func(w *workshop) string { return filepath.Join(w.data, "edits", "souris-adaptee.json") }
	folder := func(w *workshop) string { return filepath.Join(w.data, "lessons", "souris-adaptee") }
	aside := func(w *workshop) string { return filepath.Join(w.data, "edits", "souris-adaptee") }
	cases := []struct {
		name  string
		cut   func(w *workshop) error
		owned bool
		shown bool
		words string // of the first step, if it is shown
	}{
		{"a draft half written beside", func(w *workshop) error { return os.WriteFile(draft(w)+".new", []byte(`{"v":1,"id"`), 0o644) }, true, true, "Premier"},
		{"a folder half made beside", func(w *workshop) error {
			return os.MkdirAll(filepath.Join(w.data, "lessons", ".import-1", "souris-adaptee", "etapes"), 0o755)
		}, true, true, "Premier"},
		{"a draft kept and its folder not made", func(w *workshop) error {
			raw, err := os.ReadFile(draft(w))
			if err != nil {
				return err
			}
			return os.WriteFile(draft(w), []byte(strings.Replace(string(raw), "# Premier", "# Second", 1)), 0o644)
		}, true, true, "Second"},
		{"a new draft whose folder was never made", func(w *workshop) error {
			raw, err := os.ReadFile(draft(w))
			if err != nil {
				return err
			}
			fresh := strings.Replace(string(raw), `"id": "souris-adaptee",`, `"id": "souris-adaptee", "new": true,`, 1)
			return errors.Join(os.WriteFile(draft(w), []byte(fresh), 0o644), os.RemoveAll(folder(w)))
		}, false, false, ""},
		{"a folder lost under a draft", func(w *workshop) error { return os.RemoveAll(folder(w)) }, true, false, ""},
		{"put aside", func(w *workshop) error { return os.Rename(folder(w), aside(w)) }, true, false, ""},
		{"erased, its folder still aside", func(w *workshop) error {
			return errors.Join(os.Rename(folder(w), aside(w)), os.Remove(draft(w)))
		}, false, false, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkshop(t)
			id := w.derive("souris")
			if err := errors.Join(w.change(id, firstStep, "# Premier\n", ""), c.cut(w)); err != nil {
				t.Fatal(err)
			}
			w.reopen()
			l, shown := w.own().Lesson(id)
			if w.Owns(id) != c.owned || shown != c.shown || shown && l.Steps[0].Title != c.words {
				t.Errorf("after the cut: owned %v, shown %v; want %v, %v with %q", w.Owns(id), shown, c.owned, c.shown, c.words)
			}
			if _, err := os.Stat(aside(w)); !c.owned && err == nil {
				t.Error("the folder of an erased lesson stays")
			}
		})
	}
}
