package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
)

// versions holds twins and translations to being whole: a person who chose
// them meets them at every step.
func (g *gate) versions() {
	steps := len(g.meta.StepFiles)
	if n := g.count(lesson.Wish{Lang: g.own(), Easy: true}); n > 0 && n < steps {
		severity := Advice
		if slices.Contains(g.meta.Accessible, lesson.EasyRead) {
			severity = Accessible
		}
		g.find("jumeau", severity, g.field("steps"), fmt.Sprintf("%d étapes sur %d ont une version facile à lire. Écrivez les autres (étape.facile.md).", n, steps))
	}
	for i, lang := range g.meta.Languages {
		if i == 0 {
			continue
		}
		at := place{metaFile, g.lineOf("languages", i), 0}
		switch n := g.count(lesson.Wish{Lang: lang}); {
		case n == 0:
			g.find("traduction", Publication, at, "La langue « "+lang+" » est annoncée et aucune étape n’y est traduite (étape."+lang+".md). Traduisez, ou retirez la langue.")
		case n < steps:
			g.find("traduction", Advice, at, fmt.Sprintf("%d étapes sur %d sont traduites en « %s » : les autres s’affichent en français.", n, steps, lang))
		}
		if t := g.meta.Translations[lang]; t.Title == "" || t.Summary == "" {
			g.find("traduction", Advice, at, "Traduisez aussi le titre et la phrase de présentation en « "+lang+" » (translations).")
		}
	}
}

// count counts the steps that have a version.
func (g *gate) count(w lesson.Wish) int {
	n := 0
	for _, name := range g.meta.StepFiles {
		if g.holds(w.File(name, g.own())) {
			n++
		}
	}
	return n
}

// orphans tells of texts and recordings that nothing shows: most often a
// misspelt name.
func (g *gate) orphans() {
	used := []string{metaFile, g.meta.TranscriptFile}
	for _, t := range g.texts {
		used = append(used, t.file)
	}
	for _, name := range g.names {
		switch path.Ext(name) {
		case ".md", ".yaml":
			if !slices.Contains(used, name) {
				g.find("orphelin", Advice, place{file: name}, "Rien n’annonce ce fichier : il ne s’affichera pas. Vérifiez son nom, sa langue dans languages, ou retirez-le.")
			}
		case ".ogg", ".opus", ".mp3":
			if !slices.ContainsFunc(used, func(text string) bool { return goesWith(name, text) }) {
				g.find("orphelin", Advice, place{file: name}, "Aucun texte ne porte le nom de cet enregistrement : personne ne l’entendra.")
			}
		}
	}
}

// goesWith says whether a recording is of a text, or of a question of a quiz.
func goesWith(recording, text string) bool {
	said := strings.TrimSuffix(path.Base(recording), path.Ext(recording))
	shown := strings.TrimSuffix(path.Base(text), path.Ext(text))
	stem, marks, _ := strings.Cut(shown, ".")
	asked, askedMarks, _ := strings.Cut(said, ".")
	return path.Dir(recording) == "audio" && (said == shown || (strings.HasPrefix(asked, stem+"-q") && askedMarks == marks))
}

// lineage holds a derivative to the licences of what it was made from.
func (g *gate) lineage() {
	for i, a := range g.meta.Lineage {
		at := place{metaFile, g.lineOf("lineage", i), 0}
		switch {
		case a.Title == "" || len(a.Authors) == 0 || a.Licence == "":
			g.find("origine", Publication, at, "Dites le titre, les auteurs et la licence de ce dont la leçon est tirée (lineage) : la licence demande de les citer.")
		case a.Licence == "no_licence":
			g.find("origine", Publication, at, "« "+a.Title+" » n’a pas de licence ouverte : on ne peut pas publier une leçon qui en est tirée sans l’accord écrit de ses auteurs.")
		case strings.HasSuffix(a.Licence, "_sa_4_0") && g.meta.Licence != a.Licence:
			g.find("origine", Publication, at, "« "+a.Title+" » est sous "+a.Licence+" : une leçon qui en est tirée garde la même licence.")
		}
	}
}
