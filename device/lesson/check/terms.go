package check

import (
	"slices"

	"golang.org/x/text/language"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/fleet/level"
)

// terms holds levels, audiences, themes and competences to the vocabulary that
// catalogues and reports share.
func (g *gate) terms() {
	lists := []struct {
		field, name string
		codes       []string
		known       func(string) bool
	}{
		{"levels", "niveau", g.meta.Levels, func(c string) bool { return slices.Contains(level.Levels(), level.Level(c)) }},
		{"audiences", "public", g.meta.Audiences, func(c string) bool { _, ok := level.Audience(c); return ok }},
		{"themes", "thème", g.meta.Themes, func(c string) bool { _, ok := level.ThemeOf(c); return ok }},
	}
	for _, l := range lists {
		if len(l.codes) == 0 {
			g.find("vocabulaire", Publication, g.field(l.field), "Indiquez au moins un "+l.name+" ("+l.field+") : le catalogue s’en sert pour ranger la leçon.")
		}
		g.unknown(l.field, l.name, l.codes, l.known)
	}
	g.unknown("competences", "compétence", g.meta.Competences, func(c string) bool { _, ok := level.Competence(c); return ok })
	if len(g.meta.Competences) == 0 {
		g.find("vocabulaire", Advice, g.field("competences"), "Reliez la leçon à une compétence, par exemple « crcn@2019:5.2 » (competences).")
	}
}

func (g *gate) unknown(field, name string, codes []string, known func(string) bool) {
	for i, c := range codes {
		if !known(c) {
			g.find("vocabulaire", Publication, place{metaFile, g.lineOf(field, i), 0}, "« "+c+" » n’est pas un code de "+name+" connu. Prenez un code de la liste (dossier fleet/level).")
		}
	}
}

// licences are those the registers know, and whether others may change the
// lesson.
func licences() map[string]bool {
	return map[string]bool{"etalab_2_0": true, "cc_by_sa_4_0": true, "cc_by_nc_sa_4_0": true, "no_licence": false}
}

func (g *gate) licence() {
	free, ok := licences()[g.meta.Licence]
	switch {
	case !ok:
		g.find("licence", Publication, g.field("licence"), "Choisissez la licence parmi etalab_2_0, cc_by_sa_4_0, cc_by_nc_sa_4_0 et no_licence : sans elle, personne ne sait s’il peut reprendre la leçon.")
	case !free:
		g.find("licence", Advice, g.field("licence"), "Sans licence ouverte, d’autres ne pourront ni adapter ni traduire cette leçon.")
	}
	if len(g.meta.Authors) == 0 || slices.ContainsFunc(g.meta.Authors, empty) {
		g.find("auteurs", Publication, g.field("authors"), "Dites qui a écrit la leçon (authors) : la licence demande de citer les auteurs.")
	}
}

// languages holds the language tags to the texts: a voice reads a text in the
// language that is declared.
func (g *gate) languages() {
	if len(g.meta.Languages) == 0 {
		g.find("langue", Publication, g.field("languages"), "Indiquez la langue des textes (languages: [fr]) : la voix et les caractères en dépendent.")
	}
	for i, tag := range g.meta.Languages {
		if _, err := language.Parse(tag); err != nil || len(tag) < 2 {
			g.find("langue", Publication, place{metaFile, g.lineOf("languages", i), 0}, "« "+tag+" » n’est pas une langue connue. Écrivez par exemple fr, en, ar ou uk.")
			continue
		}
		if !g.written(tag) {
			g.find("langue", Accessible, place{metaFile, g.lineOf("languages", i), 0}, "La langue « "+tag+" » est annoncée et aucun texte ne semble écrit dans cette langue : la voix lirait mal. Corrigez languages.")
		}
	}
	for _, t := range g.texts {
		main := t.language()
		switch {
		case main == "" || main == t.lang:
		case t.lang != g.own():
			g.find("langue", Accessible, place{t.file, 0, t.step}, "Ce texte devrait être en « "+t.lang+" », d’après son nom, et semble écrit en « "+main+" » : la voix lirait mal.")
		case !slices.Contains(g.meta.Languages, main):
			g.find("langue", Accessible, place{t.file, 0, t.step}, "Ce texte semble écrit en « "+main+" », qui n’est pas annoncé dans languages : la voix lirait mal.")
		}
	}
}

// written says whether some text seems to be in a language; it knows two and
// believes the others.
func (g *gate) written(tag string) bool {
	if tag != "fr" && tag != "en" {
		return true
	}
	sure := false
	for _, t := range g.texts {
		main := t.language()
		if main == tag {
			return true
		}
		sure = sure || main != ""
	}
	return !sure
}

// learner says whether a text is for the person who learns.
func (t *text) learner() bool { return t.kind != lesson.MediatorGuide }
