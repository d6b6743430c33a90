package check

import (
	"fmt"
	"slices"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/cycle"
	"github.com/mallette-kit/mallette/fleet/level"
)

// Cycle checks a cycle of lessons as it was written. known are the lessons it
// may name, by identifier; nil checks the document alone.
func Cycle(raw []byte, known map[string]*lesson.Lesson) []Finding {
	c, err := cycle.Parse(raw)
	if err != nil {
		return []Finding{{Rule: "format", Severity: Publication, Text: "Ce fichier n’est pas un cycle de leçons. Composez-le sur un poste (mode médiation, Les cycles), puis copiez-le sur une clé."}}
	}
	var list []Finding
	find := func(rule string, s Severity, step int, text string) {
		list = append(list, Finding{Rule: rule, Severity: s, Step: step, Text: text})
	}
	if len(c.Items) == 0 {
		find("vide", Publication, 0, "Ce cycle n’a pas encore de leçon. Ajoutez-en au moins une.")
	}
	if !c.Known() {
		find("vocabulaire", Publication, 0, "Un public ou un niveau du cycle n’est pas un code connu. Choisissez-les de nouveau dans les listes.")
	}
	if levels := level.Levels(); c.From != "" && c.To != "" && slices.Index(levels, level.Level(c.To)) < slices.Index(levels, level.Level(c.From)) {
		find("niveau", Advice, 0, "Le niveau en partant est plus bas que le niveau en arrivant. Vérifiez qu’ils ne sont pas échangés.")
	}
	if len(c.Authors) == 0 {
		find("auteurs", Advice, 0, "Dites qui a composé le cycle (authors), pour que d’autres puissent vous citer.")
	}
	for i, item := range c.Items {
		meeting(find, i+1, item, known)
	}
	for _, h := range findTerms(brands(), c.Title) {
		find("marque", Advice, 0, "Le titre nomme une marque, « "+h.said+" ». On apprend un usage : écrivez plutôt « "+h.instead+" ».")
	}
	return list
}

func meeting(find func(string, Severity, int, string), n int, item cycle.Item, known map[string]*lesson.Lesson) {
	if item.Minutes == 0 {
		find("durée", Advice, n, fmt.Sprintf("La séance %d n’a pas de durée. Dites combien de minutes elle prend.", n))
	}
	if known == nil {
		return
	}
	l, ok := known[item.Lesson]
	switch {
	case !ok:
		find("leçon", Publication, n, fmt.Sprintf("La leçon « %s » de la séance %d n’est pas parmi celles que vous avez données.", item.Lesson, n))
	case item.Hash != "" && item.Hash != l.Hash:
		find("leçon", Advice, n, fmt.Sprintf("La leçon « %s » a changé depuis que le cycle a été composé. Relisez-la, puis ajoutez-la de nouveau au cycle.", item.Title))
	}
}
