package kiosk_test

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// asking is a lesson with a question of each kind that has blanks, in two
// languages, with an easy-to-read twin and recordings.
func asking(t *testing.T) *lesson.Lesson {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sept")
	for name, text := range map[string]string{
		"lesson.yaml": "format: 1\nid: sept\ntitle: Sept\nsummary: Sept.\nlanguages: [fr, en]\nlevels: [debutant]\naudiences: [tous_publics]\nthemes: [materiel]\nminutes: 5\n" +
			"licence: cc_by_sa_4_0\nauthors: [Nous]\nlineage: [{id: aieule, title: Aïeule, authors: [Elle], licence: cc_by_sa_4_0}]\nsteps: [1.md]\nassets: {quiz: quiz.md}\n",
		"1.md": "# Lire\n\n--{{0}}-- Écoutez.\n\nTexte.\n", "1.facile.md": "# Lire\n\nFacile.\n", "1.en.md": "# Read\n\nText.\n", "audio/1.ogg": "OggS",
		"quiz.md": "# Q\n\n## Trous\n[[ici]] et [[(là)|non]]\n[[?]] Un indice.\n\n## Liste\n[[(oui)|non]]\n\n## Ordre\n1. [->[(un)|deux]]\n2. [->[un|(deux)]]\n\n" +
			"## Paires\n[[A] [B]]\n[(X) ( )] a\n[( ) (X)] b\n\n## Écoute\n--{{0}}-- Bonjour.\n***\nFini.\n***\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := lesson.Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newAsking(t *testing.T) *station {
	t.Helper()
	st := newStationWith(t, asking(t))
	st.post("/session/debut", url.Values{})
	return st
}

func TestBlanksAreAnswered(t *testing.T) {
	st := newAsking(t)
	_, page := st.post("/lecon/sept/quiz/1", url.Values{"trou": {" ICI ", "1"}, "essai": {"0"}})
	has(t, page, "Déjà 1 sur 2", "Un indice", `value=" ICI "`, `value="1" selected`)
	_, page = st.post("/lecon/sept/quiz/1", url.Values{"trou": {"ici", "0"}, "essai": {"1"}})
	has(t, page, "Oui, c’est bien ça", "c’est bien ça")
	_, page = st.post("/lecon/sept/quiz/2", url.Values{"trou": {""}})
	has(t, page, "Répondez d’abord")
	_, page = st.post("/lecon/sept/quiz/4", url.Values{"trou": {"0", "1"}})
	has(t, page, "Oui, c’est bien ça")
	_, page = st.post("/lecon/sept/quiz/5", url.Values{})
	has(t, page, "Fini.", "J’ai fini les questions")
	want := []counted{{wire.CountQuiz, "sept", "q1", "wrong"}, {wire.CountQuiz, "sept", "q4", "right"}}
	if !slices.Equal(st.counter.got, want) {
		t.Errorf("counted %v; want %v: first tries, and no listening", st.counter.got, want)
	}
	for name, form := range map[string]url.Values{
		"no such option": {"trou": {"a", "9"}}, "too many": {"trou": {"a", "0", "0"}}, "not a number": {"trou": {"a", "là"}}, "a novel": {"trou": {strings.Repeat("x", 300), "0"}},
	} {
		if code, _ := st.post("/lecon/sept/quiz/1", form); code != 400 {
			t.Errorf("%s = %d; want 400", name, code)
		}
	}
}

func TestEveryQuestionShowsInEveryLanguage(t *testing.T) {
	for _, lang := range []string{"fr", "en", "ar"} {
		st := newAsking(t)
		st.post("/reglages", url.Values{"langue": {lang}, "vers": {"/"}})
		for n := 1; n <= 5; n++ {
			if code, _ := st.get("/lecon/sept/quiz/" + strconv.Itoa(n)); code != 200 {
				t.Errorf("question %d in %s = %d; want 200", n, lang, code)
			}
		}
	}
}

func TestALessonIsReadAsAsked(t *testing.T) {
	st := newAsking(t)
	_, page := st.get("/lecon/sept/etape/1")
	has(t, page, "Texte.", "Écoutez.", `src="/lecon/sept/audio/1.ogg"`, `aria-pressed="false"`)
	_, page = st.post("/lecon/sept/lecture", url.Values{"facile": {"oui"}, "vers": {"/lecon/sept/etape/1"}})
	has(t, page, "Facile.", `value="non" aria-pressed="true"`)
	_, page = st.post("/lecon/sept/lecture", url.Values{"texte": {"en"}, "vers": {"/lecon/sept/etape/1"}})
	has(t, page, `lang="en"`, "Text.", "Facile.", "pas encore de version facile")
	if !strings.Contains(page, `<html lang="fr"`) {
		t.Error("the language of a lesson changed that of the buttons")
	}
	st.post("/lecon/sept/lecture", url.Values{"texte": {"xx"}, "vers": {"//ailleurs"}})
	_, page = st.get("/lecon/sept")
	has(t, page, "Aïeule", "Elle")
	if code, _ := st.get("/lecon/sept/audio/1.ogg"); code != 200 {
		t.Errorf("recording = %d; want 200", code)
	}
	if code, _ := st.get("/lecon/sept/audio/2.ogg"); code != 404 {
		t.Errorf("absent recording = %d; want 404", code)
	}
}
