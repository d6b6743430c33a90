package check

import (
	"regexp"
	"slices"

	"github.com/mallette-kit/mallette/device/lesson"
)

// variants holds a lesson to the ways it says it can be followed. Pictures,
// titles, captions and sentences have rules of their own.
func (g *gate) variants() {
	if len(g.meta.Accessible) == 0 {
		g.find("variante", Accessible, g.field("accessible"), "La leçon n’annonce aucune façon de la suivre (accessible) : au clavier, avec un lecteur d’écran, en gros caractères…")
	}
	for i, v := range g.meta.Accessible {
		at := place{metaFile, g.lineOf("accessible", i), 0}
		if !slices.Contains(ways(), v) {
			g.find("variante", Publication, at, "« "+string(v)+" » n’est pas une variante connue : clavier, lecteur_ecran, gros_caracteres, souris, tactile ou facile_a_lire.")
		}
		if v == lesson.EasyRead && !g.inFrench() {
			g.find("variante", Accessible, at, "« facile_a_lire » ne peut être vérifié que pour un texte français.")
		}
	}
	if slices.Contains(g.meta.Accessible, lesson.ByKeyboard) {
		g.byKeyboard()
	}
}

func ways() []lesson.Variant {
	return []lesson.Variant{lesson.ByKeyboard, lesson.ByReader, lesson.LargeText, lesson.ByPointer, lesson.Touch, lesson.EasyRead}
}

// Words of somebody who tells how to do it with a pointer, and with keys.
var (
	pointing = regexp.MustCompile(`(?i)\b(cliqu|double-clic|molette|souris|click|mouse)`)
	keys     = regexp.MustCompile(`(?i)\b(touches?|clavier|Tab|Entrée|Espace|Échap|flèches? (du|vers)|keyboard|keys?)`)
)

// byKeyboard asks a lesson that speaks of the pointer to say the keys too.
func (g *gate) byKeyboard() {
	var points, typed bool
	for _, t := range g.texts {
		if !t.learner() || t.kind == transcript {
			continue
		}
		says := func(what *regexp.Regexp) bool {
			return slices.ContainsFunc(t.passages, func(p passage) bool { return what.MatchString(p.words) })
		}
		points, typed = points || says(pointing), typed || says(keys)
		if t.kind == lesson.GameKind && says(pointing) && !says(keys) {
			g.find("variante", Accessible, place{file: t.file}, "Le jeu se dit seulement à la souris. Ajoutez dans sa consigne comment jouer au clavier (Tab, Entrée).")
		}
	}
	if points && !typed {
		g.find("variante", Accessible, g.field("accessible"), "La leçon annonce « clavier » et ne parle que de la souris. Dites aussi les touches.")
	}
}
