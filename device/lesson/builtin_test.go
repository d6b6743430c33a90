package lesson_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/fleet/level"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

func builtin(t testing.TB) fs.FS {
	t.Helper()
	files, err := fs.Sub(kioskui.Files, "lessons")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// folders are the names of the built-in lessons' folders.
func folders(t testing.TB) []string {
	t.Helper()
	entries, err := fs.ReadDir(builtin(t), ".")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() {
			ids = append(ids, e.Name())
		}
	}
	return ids
}

func TestBuiltinLessonsAreComplete(t *testing.T) {
	c := lesson.Open(t.Context(), builtin(t), t.TempDir())
	for _, r := range c.Refused() {
		t.Errorf("pack %s refused: %v", r.Pack, r.Err)
	}
	for _, l := range c.Lessons() {
		for _, k := range lesson.Kinds() {
			if !l.Has(k) {
				t.Errorf("%s.Has(%s) = false; want true", l.ID, k)
			}
		}
	}
	for _, id := range folders(t) {
		if _, ok := c.Lesson(id); !ok {
			t.Errorf("Lesson(%s) = false; want the lesson of the folder of that name", id)
		}
	}
}

// TestBuiltinLessonsForEverybody wants an easy-to-read twin of every step and
// of the quiz, and a quiz that asks in at least four ways.
func TestBuiltinLessonsForEverybody(t *testing.T) {
	for _, l := range lesson.Open(t.Context(), builtin(t), "").Lessons() {
		easy := lesson.Wish{Lang: l.Own(), Easy: true}
		for n := range l.Steps {
			if !l.StepFor(n+1, easy).Easy {
				t.Errorf("%s: step %d has no easy-to-read twin", l.ID, n+1)
			}
		}
		if l.QuizFor(easy) == l.Quiz {
			t.Errorf("%s: the quiz has no easy-to-read twin", l.ID)
		}
		ways := map[lesson.Asking]bool{}
		for _, q := range l.Quiz.Questions {
			ways[q.Asks] = true
		}
		if len(ways) < 4 {
			t.Errorf("%s: the quiz asks in %d ways; want 4 or more", l.ID, len(ways))
		}
	}
}

// TestBuiltinGapsStandAmongWords fails when the text around a gap was indented:
// Markdown then takes it for a program, in one line that no narrow screen holds.
func TestBuiltinGapsStandAmongWords(t *testing.T) {
	for _, l := range lesson.Open(t.Context(), builtin(t), "").Lessons() {
		for _, quiz := range []*lesson.Quiz{l.Quiz, l.QuizFor(lesson.Wish{Lang: l.Own(), Easy: true})} {
			for _, q := range quiz.Questions {
				for _, piece := range q.Pieces {
					if strings.Contains(string(piece.HTML), "<pre") {
						t.Errorf("%s: question %s has its gaps in a block of code: do not indent that line", l.ID, q.ID)
					}
				}
			}
		}
	}
}

func TestBuiltinLessonsUseKnownCodes(t *testing.T) {
	for _, l := range lesson.Open(t.Context(), builtin(t), "").Lessons() {
		for _, code := range l.Levels {
			if !level.Level(code).Valid() {
				t.Errorf("%s: unknown level %q", l.ID, code)
			}
		}
		for _, code := range l.Audiences {
			if _, ok := level.Audience(code); !ok {
				t.Errorf("%s: unknown audience %q", l.ID, code)
			}
		}
		for _, code := range l.Themes {
			theme, ok := level.ThemeOf(code)
			if !ok {
				t.Errorf("%s: unknown theme %q", l.ID, code)
			}
			for _, ref := range l.Competences {
				if _, ok := level.Competence(ref); !ok || !belongs(ref, theme) {
					t.Errorf("%s: competence %q is not one of theme %q: %v", l.ID, ref, code, theme.Pix)
				}
			}
		}
	}
}

// belongs says whether a competence is one of a theme's, or alike to one.
func belongs(ref string, theme level.Theme) bool {
	return slices.ContainsFunc(theme.Pix, func(pix string) bool {
		own := "crcn@2019:" + pix
		return ref == own || slices.Contains(level.Alike(own), ref)
	})
}

// A shipped lesson is there in English, in usual and in easy words, with its
// seven assets.
func TestBuiltinLessonsInEnglish(t *testing.T) {
	for _, l := range lesson.Open(t.Context(), builtin(t), t.TempDir()).Lessons() {
		wish, easy := lesson.Wish{Lang: "en"}, lesson.Wish{Lang: "en", Easy: true}
		for n := range l.Steps {
			usual, simple := l.StepFor(n+1, wish), l.StepFor(n+1, easy)
			if usual.Lang != "en" || simple.Lang != "en" || !simple.Easy {
				t.Errorf("%s: step %d in %q and easy in %q; want both in English", l.ID, n+1, usual.Lang, simple.Lang)
			}
		}
		for _, kind := range []lesson.Kind{lesson.Memo, lesson.Tuto, lesson.LearnerGuide, lesson.MediatorGuide} {
			if text, ok := l.TextFor(kind, wish); !ok || text.Lang != "en" {
				t.Errorf("%s: %s is in %q; want English", l.ID, kind, text.Lang)
			}
		}
		about := l.AboutFor("en")
		if about.Lang != "en" || about.Title == l.Title || len(about.Objectives) != len(l.Objectives) || len(about.Words) != len(l.Words) {
			t.Errorf("%s says of itself in English %q, %d objectives, %d words", l.ID, about.Title, len(about.Objectives), len(about.Words))
		}
		if l.QuizFor(wish) == l.Quiz || l.QuizFor(easy) == l.QuizFor(wish) {
			t.Errorf("%s: a quiz is not in English", l.ID)
		}
		if game := l.GameFor(wish); game.Lang != "en" || game.Title == l.Game.Title {
			t.Errorf("%s: the game is in %q, called %q; want English", l.ID, game.Lang, game.Title)
		}
		if words, ok := l.TranscriptFor(wish); !ok || words.Lang != "en" {
			t.Errorf("%s: the words of the film are in %q; want English", l.ID, words.Lang)
		}
		if tracks := l.Tracks(); len(tracks) < 2 {
			t.Errorf("%s has %d captions; want French and English", l.ID, len(tracks))
		}
	}
}
