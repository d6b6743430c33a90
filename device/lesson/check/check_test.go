package check_test

import (
	"archive/zip"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/word"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

var update = flag.Bool("update", false, "renew the golden report")

// TestShippedLessonsPass holds the lessons that every station has to the gate.
func TestShippedLessonsPass(t *testing.T) {
	all, err := fs.Glob(kioskui.Files, "lessons/*/lesson.yaml")
	if err != nil || len(all) < 3 {
		t.Fatalf("shipped lessons: %v, %v; want at least 3", all, err)
	}
	for _, name := range all {
		dir := filepath.Dir(name)
		files, err := fs.Sub(kioskui.Files, dir)
		if err != nil {
			t.Fatal(err)
		}
		r := check.Files(filepath.Base(dir), files)
		if !r.Accessible() {
			t.Errorf("%s may not be published as accessible:\n%s", dir, written(r))
		}
		if name := filepath.Base(dir); r.ID != name || r.Pack != name {
			t.Errorf("report of %s has id %q; want the folder's name", name, r.ID)
		}
	}
}

// TestGolden is a lesson with something wrong wherever the gate looks.
func TestGolden(t *testing.T) {
	r, err := check.Pack("testdata/bancale")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/bancale.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(written(r)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := written(r); got != string(want) {
		t.Errorf("report of testdata/bancale =\n%s\nwant\n%s", got, want)
	}
}

func TestZipAndFolderAreJudgedAlike(t *testing.T) {
	name := filepath.Join(t.TempDir(), "bancale.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	zw := zip.NewWriter(f)
	stored := func(h string, raw []byte) {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: h, Method: zip.Store})
		if err == nil {
			_, err = w.Write(raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, file := range good() {
		stored(name, file.Data)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := check.Pack(name)
	if want := check.Files("bancale.zip", good()); err != nil || written(got) != written(want) {
		t.Errorf("Pack(zip) =\n%s%v; want\n%s", written(got), err, written(want))
	}
}

func written(r check.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s %s:%d/%d %s\n", f.Severity, f.Rule, f.File, f.Line, f.Step, f.Text)
	}
	return b.String()
}

// good is a lesson with nothing wrong but what nobody has written yet.
func good() fstest.MapFS {
	files := fstest.MapFS{}
	for name, words := range map[string]string{
		"lesson.yaml": `format: 1
id: bonne
title: Lire un message
summary: Ouvrir et lire un message.
languages: [fr]
levels: [debutant]
audiences: [tous_publics]
themes: [messagerie]
competences: ["crcn@2019:2.1"]
minutes: 10
licence: etalab_2_0
authors: [Nous]
accessible: [facile_a_lire, clavier]
objectives: [lire un message]
reviewed: Un groupe, en mars
steps: [1.md]
assets: {memo: m.md, tuto: m.md, conducteur_apprenant: m.md, conducteur_mediateur: m.md, quiz: q.md, jeu: j.yaml, video: f.mp4}
captions: f.vtt
transcript: m.md
`,
		"1.md":        "# Ouvrir\n\nJe clique. Au clavier : la touche `Entrée`.\n\n![Une enveloppe ouverte](images/e.svg)\n",
		"1.facile.md": "# Ouvrir\n\nJe clique.\n", "audio/1.ogg": "OggS", "audio/q-q1.ogg": "OggS",
		"m.md":   "# Le mémo\n\nJe lis.\n",
		"q.md":   "# Questions\n\n## Oui ?\n\n[(X)] Oui\n[( )] Non\n[[?]] Presque\n***\nBravo.\n***\n",
		"j.yaml": "title: Jeu\nintro: La touche Tab va sur la cible.\nplay: cibles\nrounds: [{say: Ici., size: 1, across: 1, down: 1}]\n",
		"f.mp4":  "x", "f.vtt": "WEBVTT\n\n00:01.000 --> 00:04.000\nJe lis.\n",
		"images/e.svg": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><circle r="4"/></svg>`,
	} {
		files[name] = &fstest.MapFile{Data: []byte(words), Mode: 0o644}
	}
	return files
}

func TestGoodLessonHasNoFinding(t *testing.T) {
	if r := check.Files("bonne", good()); len(r.Findings) != 0 {
		t.Errorf("findings of a good lesson:\n%s", written(r))
	}
}

// TestOneMistakeAtATime changes one thing in a good lesson.
func TestOneMistakeAtATime(t *testing.T) {
	tests := []struct {
		name, file, old, new string
		rule                 string
		severity             check.Severity
		line                 int
	}{
		{"field misspelt", "lesson.yaml", "title:", "titre:", "champ", check.Publication, 3},
		{"yaml broken", "lesson.yaml", "minutes: 10", "minutes: [10", "format", check.Publication, 9},
		{"yaml of a wrong kind", "lesson.yaml", "minutes: 10", "minutes: dix", "format", check.Publication, 10},
		{"no level", "lesson.yaml", "levels: [debutant]", "levels: []", "vocabulaire", check.Publication, 6},
		{"unknown theme", "lesson.yaml", "themes: [messagerie]", "themes: [courriel]", "vocabulaire", check.Publication, 8},
		{"unknown licence", "lesson.yaml", "etalab_2_0", "gratuit", "licence", check.Publication, 11},
		{"closed licence", "lesson.yaml", "etalab_2_0", "no_licence", "licence", check.Advice, 11},
		{"no author", "lesson.yaml", "authors: [Nous]", "authors: []", "auteurs", check.Publication, 12},
		{"no memo", "lesson.yaml", "memo: m.md, ", "", "case", check.Publication, 17},
		{"no game", "lesson.yaml", "jeu: j.yaml, ", "", "case", check.Advice, 17},
		{"absent file", "lesson.yaml", "steps: [1.md]", "steps: [1.md, 2.md]", "fichier", check.Publication, 16},
		{"no captions", "lesson.yaml", "captions: f.vtt\n", "", "sous-titres", check.Accessible, 17},
		{"a twin for one step of two", "lesson.yaml", "steps: [1.md]", "steps: [1.md, m.md]", "jumeau", check.Accessible, 16},
		{"translation announced, none there", "lesson.yaml", "languages: [fr]", "languages: [fr, en]", "traduction", check.Publication, 5},
		{"derivative under another licence", "lesson.yaml", "minutes: 10", "lineage: [{id: x, title: X, authors: [Y], licence: cc_by_sa_4_0}]\nminutes: 10", "origine", check.Publication, 10},
		{"derivative of a closed lesson", "lesson.yaml", "minutes: 10", "lineage: [{id: x, title: X, authors: [Y], licence: no_licence}]\nminutes: 10", "origine", check.Publication, 10},
		{"twin that is not easy", "1.facile.md", "Je clique.", "Je clique une fois sur la petite enveloppe jaune qui se trouve en haut à droite de la page.", "phrase", check.Accessible, 3},
		{"no transcript", "lesson.yaml", "transcript: m.md\n", "", "transcription", check.Accessible, 17},
		{"no variant", "lesson.yaml", "accessible: [facile_a_lire, clavier]", "accessible: []", "variante", check.Accessible, 13},
		{"brand in a title", "1.md", "# Ouvrir", "# Ouvrir Gmail", "marque", check.Advice, 1},
		{"hard word", "1.md", "Je clique.", "Je clique.\nVeuillez attendre.", "mot", check.Advice, 4},
		{"remote link", "1.md", "Je clique.", "[Ici](https://exemple.fr)", "lien", check.Publication, 3},
		{"address alone", "1.md", "Je clique.", "<https://exemple.fr>", "lien", check.Publication, 3},
		{"HTML", "1.md", "Je clique.", "<script>1</script>", "html", check.Publication, 3},
		{"picture absent", "1.md", "images/e.svg", "images/f.svg", "image", check.Publication, 5},
		{"picture undescribed", "1.md", "Une enveloppe ouverte", "", "description", check.Publication, 5},
		{"picture named by its file", "1.md", "Une enveloppe ouverte", "enveloppe.svg", "description", check.Accessible, 5},
		{"no title", "m.md", "# Le mémo\n\n", "", "titre", check.Publication, 1},
		{"heading too deep", "m.md", "Je lis.", "### Ici\n\nJe lis.", "titre", check.Accessible, 3},
		{"drawing runs", "images/e.svg", "<circle", `<circle onclick="x"`, "dessin", check.Publication, 0},
		{"question without a hint", "q.md", "[[?]] Presque\n", "", "quiz", check.Advice, 3},
		{"question without a reason", "q.md", "***\nBravo.\n***\n", "", "quiz", check.Advice, 3},
		{"quiz without an answer", "q.md", "[(X)]", "[( )]", "refus", check.Publication, 0},
		{"game broken", "j.yaml", "play: cibles", "play: boules", "refus", check.Publication, 0},
		{"game for the mouse alone", "j.yaml", "La touche Tab va", "Cliquez", "variante", check.Accessible, 0},
		{"caption too fast", "f.vtt", "00:04.000", "00:01.100", "sous-titres", check.Advice, 3},
		{"captions broken", "f.vtt", "-->", "->", "sous-titres", check.Accessible, 3},
		{"language of another text", "m.md", "Je lis.", "You read the mail that is in the box, and the answer to it is for you.", "langue", check.Accessible, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := good()
			was := string(files[tt.file].Data)
			files[tt.file] = &fstest.MapFile{Data: []byte(strings.Replace(was, tt.old, tt.new, 1)), Mode: 0o644}
			r := check.Files("x", files)
			has := slices.ContainsFunc(r.Findings, func(f check.Finding) bool {
				return f.Rule == tt.rule && f.Severity == tt.severity && f.Line == tt.line && (f.File == tt.file || f.File == "")
			})
			if !has || was == string(files[tt.file].Data) {
				t.Errorf("report =\n%swant %s %s at %s:%d", written(r), tt.severity, tt.rule, tt.file, tt.line)
			}
			if r.Publishable() != (tt.severity != check.Publication) || (r.Accessible() != (tt.severity == check.Advice)) {
				t.Errorf("publishable %v, accessible %v; want what %q allows", r.Publishable(), r.Accessible(), tt.severity)
			}
		})
	}
}

func TestMissingPackIsTheDisksError(t *testing.T) {
	if _, err := check.Pack(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("Pack(none) = nil; want an error")
	}
}

func TestPackThatIsNoZipIsReported(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(name, []byte("not a zip"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := check.Pack(name)
	if err != nil || r.Publishable() {
		t.Errorf("Pack(not a zip) = %v, %v; want a report that stops it", r, err)
	}
}

// FuzzFiles feeds each reader of the gate with hostile text: it must report,
// not fail, and its answer must be that of a station.
func FuzzFiles(f *testing.F) {
	for _, name := range slices.Sorted(maps.Keys(good())) {
		f.Add(name, good()[name].Data)
	}
	f.Add("lesson.yaml", []byte("a: &a [*a]\n"))
	f.Add("1.md", []byte("# \x1b[31m![](<>)\n|a|\n|-|\n"))
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		files := good()
		if files[name] == nil {
			return
		}
		files[name] = &fstest.MapFile{Data: raw, Mode: 0o644}
		r := check.Files("x", files)
		_, err := lesson.Read(files)
		if r.Publishable() && err != nil {
			t.Errorf("publishable, and a station refuses it: %v", err)
		}
		for _, finding := range r.Findings {
			if strings.ContainsRune(finding.Text, '\x1b') || finding.Line < 0 {
				t.Errorf("finding = %+v; want printable text and a line", finding)
			}
		}
	})
}

func TestTermsAreListedOnce(t *testing.T) {
	for _, file := range []string{"data/mots-difficiles.tsv", "data/marques.tsv"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]string{}
		for line := range strings.Lines(string(raw)) {
			said, instead, ok := strings.Cut(strings.TrimSpace(line), "\t")
			if strings.HasPrefix(line, "#") {
				continue
			}
			var stems []string
			for _, w := range word.Split(said) {
				stems = append(stems, w.Stem)
			}
			key := strings.Join(stems, " ")
			if !ok || instead == "" || seen[key] != "" {
				t.Errorf("%s: %q (as %q) has no plainer word, or is there already", file, said, seen[key])
			}
			seen[key] = said
		}
	}
}

func TestOrphansAreTold(t *testing.T) {
	files := good()
	for _, name := range []string{"1.en.md", "audio/2.ogg", "ancien.md"} {
		files[name] = &fstest.MapFile{Data: []byte("# Bonjour\n"), Mode: 0o644}
	}
	r := check.Files("x", files)
	var orphans []string
	for _, f := range r.Findings {
		if f.Rule == "orphelin" {
			orphans = append(orphans, f.File)
		}
	}
	if want := []string{"1.en.md", "ancien.md", "audio/2.ogg"}; !slices.Equal(orphans, want) || !r.Accessible() {
		t.Errorf("orphans = %v; want %v, as advice:\n%s", orphans, want, written(r))
	}
}

func TestSignsOfAQuizAreNotItsWords(t *testing.T) {
	files := good()
	files["q.md"] = &fstest.MapFile{Mode: 0o644, Data: []byte("# Questions\n\n## Un ?\n\nJe presse [[la touche|(Entrée)|rien]].\n[[?]] Oui\n***\nBien.\n***\n" +
		"## Deux ?\n1. [->[(Ouvrir)|Lire]]\n2. [->[Ouvrir|(Lire)]]\n[[?]] Oui\n***\nBien.\n***\n" +
		"## Trois ?\n[[Au clavier] [À la souris]]\n[(X) ( )] Écrire\n[( ) (X)] Pointer\n[[?]] Oui\n***\nBien.\n***\n" +
		"## Quatre ?\n--{{0}}-- Il faut procéder.\n***\nBien.\n***\n")}
	r := check.Files("bonne", files)
	if len(r.Findings) != 1 || r.Findings[0].Rule != "mot" || r.Findings[0].Line != 26 {
		t.Errorf("findings =\n%swant only the hard word that is said, at line 26", written(r))
	}
}
