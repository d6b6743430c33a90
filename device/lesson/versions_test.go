package lesson_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mallette-kit/mallette/device/lesson"
)

func readFiles(t *testing.T, change map[string]string) (*lesson.Lesson, error) {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range with(change) {
		files[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return lesson.Read(files)
}

// spoken is the smallest lesson in three languages, partly, with an easy twin.
func spoken() map[string]string {
	return map[string]string{
		"lesson.yaml":       strings.Replace(small()["lesson.yaml"], "languages: [fr]", "languages: [fr, en, ar]", 1) + "translations:\n  en: {title: Small lesson, summary: To try.}\n",
		"1.facile.md":       "# Bonjour\n\nUn pas. C'est facile.\n",
		"1.en.md":           "# Hello\n\nOne step.\n",
		"quiz.en.md":        "# Questions\n\n## Yes?\n\n[(X)] Yes\n[( )] No\n",
		"audio/1.ogg":       "OggS",
		"audio/1.en.mp3":    "ID3",
		"audio/quiz-q1.ogg": "OggS",
	}
}

func TestStepsAreReadAsWished(t *testing.T) {
	l, err := readFiles(t, spoken())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		wish  lesson.Wish
		title string
		lang  string
		easy  bool
		audio string
	}{
		{"own", lesson.Wish{}, "Bonjour", "fr", false, "1.ogg"},
		{"easy", lesson.Wish{Easy: true}, "Bonjour", "fr", true, ""},
		{"translated", lesson.Wish{Lang: "en"}, "Hello", "en", false, "1.en.mp3"},
		{"translated, no twin", lesson.Wish{Lang: "en", Easy: true}, "Hello", "en", false, "1.en.mp3"},
		{"not translated", lesson.Wish{Lang: "ar"}, "Bonjour", "fr", false, "1.ogg"},
		{"not translated, easy", lesson.Wish{Lang: "ar", Easy: true}, "Bonjour", "fr", true, ""},
		{"not declared", lesson.Wish{Lang: "uk"}, "Bonjour", "fr", false, "1.ogg"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := l.StepFor(1, tt.wish)
			if s.Title != tt.title || s.Lang != tt.lang || s.Easy != tt.easy || s.Audio != tt.audio {
				t.Errorf("StepFor(1, %+v) = %q in %s, easy %v, audio %q; want %+v", tt.wish, s.Title, s.Lang, s.Easy, s.Audio, tt)
			}
		})
	}
	if q := l.QuizFor(lesson.Wish{Lang: "en"}); q.Lang != "en" || q.Questions[0].Title != "Yes?" {
		t.Errorf("quiz in English = %+v", q)
	}
	if q := l.QuizFor(lesson.Wish{Lang: "ar"}); q.Lang != "fr" || q.Questions[0].Audio != "quiz-q1.ogg" {
		t.Errorf("quiz in Arabic = %+v; want the French one with its recording", q)
	}
	if a := l.AboutFor("en"); a.Title != "Small lesson" || a.Lang != "en" {
		t.Errorf("AboutFor(en) = %+v", a)
	}
	if a := l.AboutFor("ar"); a.Lang != "fr" {
		t.Errorf("AboutFor(ar) is in %s; want the lesson's own language", a.Lang)
	}
	if l.Twins() != 1 || l.Translated("en") != 1 || l.Translated("ar") != 0 {
		t.Errorf("twins %d, in English %d, in Arabic %d; want 1, 1, 0", l.Twins(), l.Translated("en"), l.Translated("ar"))
	}
	if !l.Media("audio/1.ogg") || l.Media("1.md") || l.Media("") {
		t.Error("Media tells other files than recordings and videos")
	}
}

func TestAVersionAsksTheSame(t *testing.T) {
	change := spoken()
	change["quiz.en.md"] = "# Questions\n\n## Yes?\n\n[[X]] Yes\n[[ ]] No\n"
	if _, err := readFiles(t, change); !errors.Is(err, lesson.ErrQuiz) {
		t.Errorf("quiz that asks otherwise in English = %v; want ErrQuiz", err)
	}
}

func TestNarrationIsSaidAndNotShown(t *testing.T) {
	l, err := readFiles(t, map[string]string{"1.md": "# Bonjour\n\n    --{{1}}--\nÉcoutez bien :\nceci se dit.\n\nCeci se lit.\n"})
	if err != nil {
		t.Fatal(err)
	}
	s := l.Steps[0]
	if want := []string{"Écoutez bien\u202f: ceci se dit."}; !slices.Equal(s.Said, want) || strings.Contains(string(s.HTML), "ceci se dit") || !strings.Contains(string(s.HTML), "Ceci se lit") {
		t.Errorf("said %q, shown %q; want %q said alone", s.Said, s.HTML, want)
	}
	for name, text := range map[string]string{"script": "--{{0}}-- <script>x</script>", "empty": "--{{0}}--\n"} {
		if _, err := readFiles(t, map[string]string{"1.md": "# B\n\n" + text + "\n"}); err == nil {
			t.Errorf("narration with %s was read", name)
		}
	}
}

func TestADerivativeKeepsItsLineage(t *testing.T) {
	l, err := readFiles(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := l.Derive("la-mienne", "Moi")
	raw, err := m.YAML()
	if err != nil {
		t.Fatal(err)
	}
	back, err := lesson.ParseMeta(raw)
	if err != nil {
		t.Fatalf("ParseMeta(YAML()) = %v of\n%s", err, raw)
	}
	if !reflect.DeepEqual(back, m) {
		t.Errorf("ParseMeta(YAML()) = %+v; want %+v", back, m)
	}
	a := back.Lineage[0]
	if a.ID != "petite" || a.Hash != l.Hash || a.Authors[0] != "Nous" || a.Licence != "etalab_2_0" || back.Licence != a.Licence || back.Reviewed != "" {
		t.Errorf("derivative = %+v; want its ancestor, its licence and no review", back)
	}
	if l.ID != "petite" || len(l.Lineage) != 0 {
		t.Error("deriving changed the lesson")
	}
}

func TestAGameIsPlayedTheSameInEachLanguage(t *testing.T) {
	const french = "title: Trier\nintro: Tab, Entrée.\nplay: tri\nboxes: [Oui, Non]\nrounds: [{say: Bonjour, from: Moi, box: 0, why: Parce que}]\n"
	cases := []struct {
		name, english string
		want          error
	}{
		{"words alone differ", "title: Sort\nintro: Tab, Entrée.\nplay: tri\nboxes: [\"Yes\", \"No\"]\nrounds: [{say: Hello, from: Me, box: 0, why: Because}]\n", nil},
		{"another box is right", "title: Sort\nintro: Tab.\nplay: tri\nboxes: [\"Yes\", \"No\"]\nrounds: [{say: Hello, from: Me, box: 1, why: Because}]\n", lesson.ErrGame},
		{"another way to play", "title: Type\nintro: Tab.\nplay: lettres\nrounds: [{say: Type, type: a, why: Because}]\n", lesson.ErrGame},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			change := spoken()
			change["lesson.yaml"] = strings.Replace(change["lesson.yaml"], "assets: {", "assets: {jeu: jeu.yaml, ", 1)
			change["jeu.yaml"], change["jeu.en.yaml"] = french, c.english
			l, err := readFiles(t, change)
			if !errors.Is(err, c.want) {
				t.Fatalf("read = %v; want %v", err, c.want)
			}
			if err != nil {
				return
			}
			if g := l.GameFor(lesson.Wish{Lang: "en"}); g == nil || g.Lang != "en" || g.Title != "Sort" {
				t.Errorf("GameFor(en) = %+v; want the English one", g)
			}
			if g := l.GameFor(lesson.Wish{Lang: "ar"}); g == nil || g.Lang != "fr" {
				t.Errorf("GameFor(ar) = %+v; want the lesson's own", g)
			}
		})
	}
}
