package lesson_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
)

const liascript = `# Essai

## Une seule ?

Un texte avec **force**.

    [( )] non
    [(X)] oui
    [[?]] cherche encore
    ***
    Parce que.
    ***

## Plusieurs ?

[[X]] a
[[ ]] b
[[x]] c
`

func TestParseQuiz(t *testing.T) {
	q, err := lesson.ParseQuiz([]byte(liascript))
	if err != nil {
		t.Fatalf("ParseQuiz: %v", err)
	}
	if q.Title != "Essai" || len(q.Questions) != 2 {
		t.Fatalf("quiz = %q with %d questions; want Essai with 2", q.Title, len(q.Questions))
	}
	one, two := q.Questions[0], q.Questions[1]
	if one.Asks != lesson.Single || one.ID != "q1" || !one.Choices[1].Right || one.Choices[0].Right {
		t.Errorf("first question = %+v; want one right answer, the second", one)
	}
	if len(one.Hints) != 1 || !strings.Contains(string(one.Explanation), "Parce que") || !strings.Contains(string(one.Prompt), "<strong>") {
		t.Errorf("first question lacks its hint, explanation or prompt: %+v", one)
	}
	if two.Asks != lesson.Multiple || len(two.Choices) != 3 {
		t.Errorf("second question = %+v; want three choices of which several right", two)
	}
}

func TestQuestionRight(t *testing.T) {
	q, err := lesson.ParseQuiz([]byte(liascript))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		n      int
		picked []int
		want   bool
	}{
		{"right one", 0, []int{1}, true},
		{"wrong one", 0, []int{0}, false},
		{"none", 0, nil, false},
		{"all the right ones", 1, []int{0, 2}, true},
		{"one missing", 1, []int{0}, false},
		{"one too many", 1, []int{0, 1, 2}, false},
		{"a choice that is not there", 1, []int{0, 2, 7}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := q.Questions[tt.n].Right(tt.picked); got != tt.want {
				t.Errorf("Right(%v) = %v; want %v", tt.picked, got, tt.want)
			}
		})
	}
}

func TestParseQuizRefuses(t *testing.T) {
	tests := []struct {
		name, text string
		want       error
	}{
		{"nothing", "", lesson.ErrQuiz},
		{"no question", "# Q\n", lesson.ErrQuiz},
		{"mixed choices", "# Q\n\n## a\n[(X)] x\n[[ ]] y\n", lesson.ErrQuiz},
		{"two right of one", "# Q\n\n## a\n[(X)] x\n[(X)] y\n", lesson.ErrQuiz},
		{"one choice", "# Q\n\n## a\n[(X)] x\n", lesson.ErrQuiz},
		{"explanation not closed", "# Q\n\n## a\n[(X)] x\n[( )] y\n***\nz\n", lesson.ErrQuiz},
		{"script", "# Q\n\n## a\n[(X)] <script>x</script>\n[( )] y\n", lesson.ErrActive},
		{"remote", "# Q\n\n## a\n[(X)] [x](http://exemple.fr)\n[( )] y\n", lesson.ErrRemote},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := lesson.ParseQuiz([]byte(tt.text)); !errors.Is(err, tt.want) {
				t.Errorf("ParseQuiz = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestTypeset(t *testing.T) {
	tests := []struct{ lang, in, want string }{
		{"fr", "Quoi ?", "Quoi\u202f?"},
		{"fr", "« oui »", "«\u202foui\u202f»"},
		{"fr", "l'écran", "l’écran"},
		{"en", "What ?", "What ?"},
	}
	for _, tt := range tests {
		if got := lesson.Typeset(tt.lang, tt.in); got != tt.want {
			t.Errorf("Typeset(%s, %q) = %q; want %q", tt.lang, tt.in, got, tt.want)
		}
	}
}

func FuzzParseMeta(f *testing.F) {
	f.Add([]byte(small()["lesson.yaml"]))
	f.Add([]byte(bomb()))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := lesson.ParseMeta(raw)
		if err != nil && !errors.Is(err, lesson.ErrFormat) && !errors.Is(err, lesson.ErrTooLarge) {
			t.Errorf("ParseMeta = %v; want one of the kinds", err)
		}
		if err == nil && (m.ID == "" || len(m.StepFiles) == 0) {
			t.Errorf("ParseMeta accepted %+v", m)
		}
	})
}

func FuzzParseQuiz(f *testing.F) {
	f.Add([]byte(liascript))
	f.Add([]byte("# Q\n\n## a\n[(X)] x\n[( )] y\n***\n"))
	f.Add([]byte("# Q\n## <script>\n[[X]] <img src=x onerror=y>\n[[ ]] y"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		q, err := lesson.ParseQuiz(raw)
		if err != nil {
			return
		}
		for _, one := range q.Questions {
			for _, c := range one.Choices {
				if strings.Contains(string(c.HTML), "<script") || strings.Contains(string(c.HTML), "<img") {
					t.Errorf("choice carries %q", c.HTML)
				}
			}
		}
	})
}

func FuzzParseGame(f *testing.F) {
	f.Add([]byte("title: a\nintro: b\nplay: lettres\nrounds: [{say: a, type: b, why: c}]"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := lesson.ParseGame(raw); err != nil && !errors.Is(err, lesson.ErrGame) && !errors.Is(err, lesson.ErrTooLarge) {
			t.Errorf("ParseGame = %v; want ErrGame", err)
		}
	})
}

func FuzzCheckSVG(f *testing.F) {
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>`))
	f.Add([]byte(`<svg><a xlink:href="javascript:x"/></svg>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := lesson.CheckSVG(raw)
		low := strings.ToLower(string(raw))
		if err == nil && (strings.Contains(low, "<script") && !strings.Contains(low, "<!--") && !strings.Contains(low, "<![cdata[")) {
			t.Errorf("CheckSVG accepted a script")
		}
	})
}

func FuzzZip(f *testing.F) {
	f.Add(zipped(f, small()))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		name := filepath.Join(dir, "pack.zip")
		if err := os.WriteFile(name, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		c := lesson.Open(t.Context(), nil, dir)
		if len(c.Lessons())+len(c.Refused()) != 1 {
			t.Errorf("%d lessons and %d refusals; want one of them", len(c.Lessons()), len(c.Refused()))
		}
	})
}
