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

func TestBuiltinLessonsAreComplete(t *testing.T) {
	c := lesson.Open(t.Context(), builtin(t), t.TempDir())
	for _, r := range c.Refused() {
		t.Errorf("pack %s refused: %v", r.Pack, r.Err)
	}
	var ids []string
	for _, l := range c.Lessons() {
		ids = append(ids, l.ID)
		for _, k := range lesson.Kinds() {
			if want := k != lesson.Video; l.Has(k) != want {
				t.Errorf("%s.Has(%s) = %v; want %v", l.ID, k, !want, want)
			}
		}
	}
	if want := []string{"souris", "clavier", "arnaque"}; !slices.Equal(ids, want) {
		t.Errorf("lessons = %v; want %v", ids, want)
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
				if _, ok := level.Competence(ref); !ok || !slices.Contains(theme.Pix, ref[strings.LastIndex(ref, ":")+1:]) {
					t.Errorf("%s: competence %q is not one of theme %q: %v", l.ID, ref, code, theme.Pix)
				}
			}
		}
	}
}
