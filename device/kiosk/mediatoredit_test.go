package kiosk_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/edit"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

// editing is a station whose mediator makes lessons, with a real catalogue.
type editing struct {
	*mediation
	library *lesson.Library
	book    *edit.Book
	stick   string
	data    string
	test    *testing.T
	log     bytes.Buffer
}

func newEditing(t *testing.T) *editing {
	t.Helper()
	m := newMediation(t)
	e := &editing{mediation: m, stick: t.TempDir(), data: t.TempDir(), test: t}
	builtin, err := fs.Sub(kioskui.Files, "lessons")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(e.data, "lessons")
	e.book, e.library = edit.Open(dir, filepath.Join(e.data, "edits")), lesson.OpenLibrary(t.Context(), builtin, dir, nil)
	part := &kiosk.Mediator{Door: m.door, Days: m.days, Desk: m.desk, State: func(context.Context) kiosk.Station { return m.state }}
	srv, err := kiosk.New(kiosk.Options{
		Log: slog.New(slog.NewTextHandler(&e.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Files: kioskui.Files, Session: m.session, Counter: m.counter,
		Catalogue: e.library, Today: func() kiosk.Today { return m.today },
	}, part, &kiosk.Edits{Mediator: part, Book: e.book, Reload: e.library.Reload, Stick: kiosk.StickAt(e.stick)})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(srv.Handler())
	t.Cleanup(web.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	m.station = &station{t: t, url: web.URL, client: &http.Client{Jar: jar}, session: m.session, counter: m.counter, today: m.today}
	e.unlock()
	return e
}

const ours, step1 = "/mediateur/mes-lecons/souris-adaptee", "/mediateur/mes-lecons/souris-adaptee/texte/etapes/1-bonjour.md"

func (e *editing) adapt() {
	e.t.Helper()
	_, page := e.post("/mediateur/lecon/souris/adapter", url.Values{})
	has(e.test, page, "Voici votre leçon", "La souris (adaptée)", "Elle peut être publiée comme accessible", "La souris, de L'équipe Mallette", "adaptée localement")
}

var seenField = regexp.MustCompile(`name="vu" value="([0-9a-f]{16})"`)

// seen is what a form of a page says it has seen.
func (e *editing) seen(path string) string {
	e.t.Helper()
	_, page := e.get(path)
	m := seenField.FindStringSubmatch(page)
	if m == nil {
		e.t.Fatalf("%s has no form:\n%.600s", path, page)
	}
	return m[1]
}

func (e *editing) write(path, words, easy string) (int, string) {
	e.t.Helper()
	return e.post(path, url.Values{"vu": {e.seen(path)}, "texte": {words}, "facile": {easy}})
}

func TestALessonIsAdaptedAndChanged(t *testing.T) {
	e := newEditing(t)
	_, page := e.get("/mediateur/lecon/souris")
	has(t, page, "Adapter cette leçon", "Toute la leçon, à imprimer")
	e.adapt()
	_, page = e.write(step1, "# Bonjour à tous\r\n\r\nOn commence.\r\n", "# Bonjour\r\n\r\nOn y va.\r\n")
	has(t, page, "C’est enregistré", "Les personnes voient déjà ce changement", "Étape 1, « Bonjour à tous »")
	_, page = e.get("/lecon/souris-adaptee/etape/1")
	has(t, page, "Bonjour à tous")
	_, page = e.get("/lecon/souris/etape/1")
	if strings.Contains(page, "Bonjour à tous") {
		t.Error("the original changed")
	}
	_, page = e.get("/mediateur/lecon/souris-adaptee")
	has(t, page, "Modifier cette leçon")
	_, page = e.get("/mediateur/catalogue")
	has(t, page, "Mes leçons", "La souris (adaptée)")
}

func TestStepsAreOrderedByButtons(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	_, page := e.post(ours+"/etape", url.Values{"titre": {"La pause"}, "apres": {"1"}})
	has(t, page, "Étape 2, « La pause »", "# La pause")
	order := func(form url.Values) string {
		form.Set("vu", e.seen(ours))
		_, page := e.post(ours+"/ordre", form)
		return page
	}
	has(t, order(url.Values{"n": {"1"}, "geste": {"haut"}}), "L’ordre des étapes est enregistré")
	has(t, order(url.Values{"n": {"6"}, "geste": {"retirer"}}), "L’étape est retirée")
	l, _ := e.library.Lesson("souris-adaptee")
	if len(l.Steps) != 6 || l.Steps[0].Title != "La pause" {
		t.Errorf("%d steps, the first %q; want 6, the new one first", len(l.Steps), l.Steps[0].Title)
	}
	code, page := e.post(ours+"/ordre", url.Values{"n": {"0"}, "geste": {"bas"}, "vu": {"0123456789abcdef"}})
	has(t, page, "Les étapes ont changé entre-temps")
	if code != http.StatusConflict {
		t.Errorf("an order of another list = %d; want 409", code)
	}
}

func TestABrokenQuizIsKeptExplainedAndRepaired(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	path := ours + "/texte/quiz.md"
	quiz := func(answer string) string {
		return "# Questions\n\n## Une souris ?\n\n" + answer + "\n\n## Et deux ?\n\n[(X)] oui\n[( )] non\n"
	}
	for answer, want := range map[string]string{
		"[( )] oui\n[( )] non":         "Aucune réponse n’est la bonne",
		"[(X)] oui\n[(X)] non":         "Il y a plusieurs bonnes réponses",
		"[(X)] oui":                    "Il n’y a qu’un choix",
		"":                             "Il n’y a rien à répondre",
		"[(X)] oui\n[[ ]] non":         "Il y a deux façons de répondre",
		"[(X)] oui\n[( )] non\n***\na": "L’explication n’est pas fermée",
		"[(X)] <b>oui</b>\n[( )] non":  "Du HTML ou un programme n’est pas accepté",
	} {
		_, page := e.write(path, quiz(answer), "")
		has(t, page, "Question 1. "+want, "Ligne 3 : « ## Une souris ? »", "Les personnes voient encore la leçon d’avant")
		if _, page = e.get(ours); answer != "" {
			has(t, page, "Tout ce que vous avez écrit est gardé", "Elle ne peut pas encore être publiée", "Question 1. "+want)
		}
	}
	_, page := e.write(path, quiz("[(X)] oui\n[( )] non"), "")
	has(t, page, "Les personnes voient déjà ce changement")
	_, page = e.get("/lecon/souris-adaptee/quiz/1")
	has(t, page, "Une souris", "Aperçu : revenir au mode médiation")
	if len(e.counter.got) > 0 {
		t.Errorf("a preview counted %+v; want nothing", e.counter.got)
	}
}

func TestHostileWordsAreKeptRefusedAndNotLogged(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	for words, want := range map[string]string{
		"# A\n\n<script>voleur()</script>\n":      "Du HTML n’est pas accepté",
		"# A\n\n[voleur](https://voleur.fr/)\n":   "Ce lien sort de la leçon",
		"# A\n\n[voleur](javascript:voleur(1))\n": "Ce lien sort de la leçon",
		"# A\n\n![voleur](images/voleur.svg)\n":   "voleur.svg",
		"voleur":                                  "Commencez le texte par son titre",
	} {
		_, page := e.write(step1, words, "")
		has(t, page, want, "Les personnes voient encore la leçon d’avant")
		if strings.Contains(page, "<script>voleur") {
			t.Errorf("the page runs %q", words)
		}
		if strings.Contains(e.log.String(), "voleur") {
			t.Errorf("the log quotes what was typed:\n%s", e.log.String())
		}
	}
	l, _ := e.library.Lesson("souris-adaptee")
	if _, shown := l.Picture("voleur.svg"); shown || l.Steps[0].Title == "A" {
		t.Error("people see what was refused")
	}
}

func TestTwoTabs(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	old := e.seen(step1)
	e.write(step1, "# Le premier\n", "")
	code, page := e.post(step1, url.Values{"vu": {old}, "texte": {"# Le second\n"}, "facile": {""}})
	has(t, page, "Ce texte a changé entre-temps", "# Le premier", "# Le second")
	if code != http.StatusConflict {
		t.Errorf("a second tab = %d; want 409", code)
	}
	_, page = e.post(step1, url.Values{"vu": {seenField.FindStringSubmatch(page)[1]}, "texte": {"# Le second\n"}, "facile": {""}})
	has(t, page, "C’est enregistré", "« Le second »")
	about := ours + "/presentation"
	old = e.seen(about)
	form := func(title, seen string) url.Values {
		return url.Values{"vu": {seen}, "titre": {title}, "resume": {"Une phrase."}, "minutes": {"30"}, "objectifs": {"a"}, "mots": {"a : b"}, "materiel": {""}}
	}
	e.post(about, form("Un", old))
	code, page = e.post(about, form("Deux", old))
	has(t, page, "Cette page a changé entre-temps", "Titre : gardé", "Deux")
	if code != http.StatusConflict {
		t.Errorf("a second tab of the description = %d; want 409", code)
	}
}

func TestWhatTheLessonSaysOfItself(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	about := ours + "/presentation"
	form := url.Values{"vu": {e.seen(about)}, "titre": {""}, "resume": {"Une phrase."}, "minutes": {"une heure"}, "objectifs": {"a"}, "mots": {"sans sens"}, "couverture": {"clic.svg"}}
	_, page := e.post(about, form)
	has(t, page, "Donnez à la leçon un titre", "Les mots, ligne 1", "combien de minutes", `value="une heure"`)
	form.Set("vu", e.seen(about))
	form.Set("titre", "La souris du mardi")
	form.Set("minutes", "50")
	form.Set("mots", "La flèche : le pointeur")
	form.Set("geste", "fini")
	_, page = e.post(about, form)
	has(t, page, "La souris du mardi", "C’est enregistré")
	if l, _ := e.library.Lesson("souris-adaptee"); l.Title != "La souris du mardi" || l.Minutes != 50 || l.Cover != "images/clic.svg" {
		t.Errorf("lesson = %q, %d min, cover %q; want what was typed", l.Title, l.Minutes, l.Cover)
	}
}

func TestPicturesAreChosenAndDescribed(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	e.write(step1, "# A\n\n![Une souris](images/souris.svg)\n", "")
	_, page := e.post(step1, url.Values{
		"vu": {e.seen(step1)}, "texte": {"# B\n\n![Une souris](images/souris.svg)\n"}, "facile": {""},
		"marque0": {"![Une souris](images/souris.svg)"}, "alt0": {"Une souris grise"}, "image0": {"clic.svg"}, "nouvelle": {"main.svg"}, "montre": {"Une main"},
	})
	has(t, page, "# B", "![Une souris grise](images/clic.svg)", "![Une main](images/main.svg)", "Les personnes voient déjà")
}

func TestWordsAreNotLostWhenTheDoorShuts(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	seen := e.seen(step1)
	e.door.Lock()
	form := url.Values{"vu": {seen}, "texte": {"# Avant la fermeture\n"}, "facile": {""}}
	code, page := e.post(step1, form)
	has(t, page, "Le mode médiation s’est fermé", "# Avant la fermeture", "Ce qui était enregistré est gardé")
	if code != http.StatusForbidden {
		t.Errorf("words behind a shut door = %d; want 403", code)
	}
	form.Set("code_mediation", "000000")
	_, page = e.post(step1, form)
	has(t, page, "Ce code n’est pas le bon", "# Avant la fermeture")
	if strings.Contains(page, "000000") {
		t.Error("the page shows the code that was typed")
	}
	form.Set("code_mediation", secret)
	_, page = e.post(step1, form)
	has(t, page, "C’est enregistré", "Avant la fermeture")
	e.unlock() // as a card does
	form = url.Values{"vu": {e.seen(step1)}, "texte": {"# Avec la carte\n"}, "facile": {""}, "code_mediation": {""}}
	_, page = e.post(step1, form)
	has(t, page, "C’est enregistré", "Avec la carte")
	if strings.Contains(e.log.String(), "fermeture") || strings.Contains(e.log.String(), secret) {
		t.Errorf("the log quotes what was typed:\n%s", e.log.String())
	}
}

// TestWhatIsTypedIsKeptBeforeItIsSaved sends what a page sends while somebody
// writes: it comes back on that page, people see what was saved, and it can be
// dropped.
func TestWhatIsTypedIsKeptBeforeItIsSaved(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	about := ours + "/presentation"
	jot := func(path, words string) {
		t.Helper()
		code, _ := e.post(path, url.Values{"vu": {e.seen(path)}, "geste": {"brouillon"}, "texte": {words}, "facile": {""}, "titre": {words}})
		if code != http.StatusNoContent {
			t.Fatalf("what is typed on %s = %d; want 204", path, code)
		}
	}
	jot(step1, "# Pas encore\n")
	jot(about, "Pas encore un titre")
	_, page := e.get(step1)
	has(t, page, "# Pas encore", "Ce n’est pas encore enregistré", "Reprendre le texte enregistré")
	_, page = e.get(about)
	has(t, page, "Pas encore un titre", "Ce n’est pas encore enregistré")
	_, page = e.get(ours)
	has(t, page, "Vous aviez commencé à écrire", `href="`+step1+`"`, `href="`+about+`"`)
	if _, page = e.get("/lecon/souris-adaptee/etape/1"); strings.Contains(page, "Pas encore") {
		t.Error("people see what was not saved")
	}
	_, page = e.post(step1, url.Values{"geste": {"oublier"}})
	if strings.Contains(page, "# Pas encore") || !strings.Contains(page, "# Faire connaissance") {
		t.Error("the text that was saved did not come back")
	}
	jot(step1, "# Presque\n")
	e.write(step1, "# Enregistré\n", "")
	if _, page = e.get(step1); strings.Contains(page, "Presque") || strings.Contains(page, "pas encore enregistré") {
		t.Error("what was typed before comes back after it was saved")
	}
}

func TestTypedWordsMeetAnotherWindows(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	old := e.seen(step1)
	e.write(step1, "# Le premier\n", "")
	e.post(step1, url.Values{"vu": {old}, "geste": {"brouillon"}, "texte": {"# Le second\n"}, "facile": {""}})
	_, page := e.get(step1)
	has(t, page, "Ce texte a changé entre-temps", "# Le premier", "# Le second")
	if code, _ := e.post(ours+"/texte/absent.md", url.Values{"geste": {"brouillon"}}); code != http.StatusNotFound {
		t.Errorf("typing on a text that is not there = %d; want 404", code)
	}
}

func TestOwnLessonsGoAndComeBack(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	_, page := e.post(ours+"/cle", url.Values{})
	has(t, page, "copiée sur la clé")
	_, page = e.post(ours+"/ecarter", url.Values{})
	has(t, page, "mise de côté", "Mises de côté", "0 sur ce poste", "Prendre « La souris (adaptée) »")
	if _, shown := e.library.Lesson("souris-adaptee"); shown {
		t.Error("people still see a lesson put aside")
	}
	_, page = e.post(ours+"/remettre", url.Values{})
	has(t, page, "1 sur ce poste")
	_, page = e.post("/mediateur/mes-lecons/cle", url.Values{"paquet": {"souris-adaptee.zip"}})
	has(t, page, "déjà sur ce poste, la même")
	e.write(step1, "# Autre\n", "")
	_, page = e.post("/mediateur/mes-lecons/cle", url.Values{"paquet": {"souris-adaptee.zip"}})
	has(t, page, "La leçon est sur ce poste")
	e.post(ours+"/ecarter", url.Values{})
	_, page = e.post(ours+"/effacer", url.Values{})
	has(t, page, "effacée pour de bon", "1 sur ce poste")
	if err := os.RemoveAll(e.stick); err != nil {
		t.Fatal(err)
	}
	code, page := e.post("/mediateur/mes-lecons/souris-adaptee-2/cle", url.Values{})
	has(t, page, "La clé USB ne répond pas")
	if code != http.StatusConflict {
		t.Errorf("no stick = %d; want 409", code)
	}
}

func TestTheWholeLessonOnPaper(t *testing.T) {
	e := newEditing(t)
	_, page := e.get("/mediateur/lecon/souris/imprimer")
	has(t, page, "6. ", "Le pointeur", "Questions sur la souris", "□", "Les réponses", "Le bouton gauche, une fois")
	if asked, answered := strings.Index(page, "Questions sur la souris"), strings.Index(page, "Les réponses"); asked < 0 || answered < asked {
		t.Errorf("questions at %d, answers at %d; want the answers last", asked, answered)
	}
}

func TestEditsThatMakeNoSense(t *testing.T) {
	e := newEditing(t)
	e.adapt()
	tests := []struct {
		name, path string
		form       url.Values
		code       int
	}{
		{"unknown lesson", "/mediateur/lecon/absente/adapter", url.Values{}, http.StatusNotFound},
		{"a lesson that is not ours", "/mediateur/mes-lecons/souris/texte/memo.md", url.Values{"texte": {"# A"}}, http.StatusNotFound},
		{"a file that is no text", ours + "/texte/images/souris.svg", url.Values{"texte": {"# A"}}, http.StatusNotFound},
		{"a file that is none", ours + "/texte/lesson.yaml", url.Values{"texte": {"# A"}}, http.StatusNotFound},
		{"a piece that is there", ours + "/piece", url.Values{"piece": {"memo"}}, http.StatusNotFound},
		{"no place", ours + "/etape", url.Values{"apres": {"x"}}, http.StatusBadRequest},
		{"no gesture", ours + "/ordre", url.Values{"n": {"0"}, "geste": {"x"}}, http.StatusBadRequest},
		{"erasing what is shown", ours + "/effacer", url.Values{}, http.StatusNotFound},
		{"a pack that is not there", "/mediateur/mes-lecons/cle", url.Values{"paquet": {"../x.zip"}}, http.StatusUnprocessableEntity},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if code, _ := e.post(tt.path, tt.form); code != tt.code {
				t.Errorf("POST %s = %d; want %d", tt.path, code, tt.code)
			}
		})
	}
	e.door.Lock()
	for _, path := range []string{ours, step1, "/mediateur/mes-lecons", "/mediateur/lecon/souris/imprimer"} {
		if _, page := e.get(path); !strings.Contains(page, "Code secret") || strings.Contains(page, "adaptée") {
			t.Errorf("GET %s behind a shut door shows the page; want the door", path)
		}
	}
}
