package check

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mallette-kit/mallette/device/lesson"
)

var yamlLine = regexp.MustCompile(`line (\d+)`)

// parseMeta reads lesson.yaml leniently: what it says is judged by the rules.
func (g *gate) parseMeta(raw []byte) (ok bool) {
	at := place{file: metaFile}
	defer func() { // the decoder is not trusted with hostile input
		if recover() != nil {
			g.find("format", Publication, at, "lesson.yaml ne se lit pas.")
			ok = false
		}
	}()
	var doc yaml.Node
	err := yaml.Unmarshal(raw, &doc)
	if err == nil {
		err = doc.Decode(&g.meta)
	}
	if err != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		if m := yamlLine.FindStringSubmatch(fmt.Sprint(err)); m != nil {
			at.line, _ = strconv.Atoi(m[1])
		}
		g.find("format", Publication, at, "lesson.yaml ne se lit pas, près d’ici : vérifiez l’alignement, les deux-points et les guillemets.")
		return false
	}
	g.root = doc.Content[0]
	g.report.ID, g.report.Title = g.meta.ID, g.meta.Title
	return true
}

// lineOf is the line of item i of a field of lesson.yaml, or of the field.
func (g *gate) lineOf(field string, i int) int {
	for k := 0; k+1 < len(g.root.Content); k += 2 {
		key, value := g.root.Content[k], g.root.Content[k+1]
		if key.Value != field {
			continue
		}
		if value.Kind == yaml.SequenceNode && i < len(value.Content) {
			return value.Content[i].Line
		}
		return key.Line
	}
	return 0
}

func (g *gate) field(name string) place { return place{metaFile, g.lineOf(name, 0), 0} }

// known are the fields of lesson.yaml.
func known() []string {
	var names []string
	for f := range reflect.TypeFor[lesson.Meta]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		names = append(names, name)
	}
	return names
}

// fields holds lesson.yaml to what every lesson says of itself.
func (g *gate) fields() {
	for k := 0; k+1 < len(g.root.Content); k += 2 {
		if key := g.root.Content[k]; !slices.Contains(known(), key.Value) {
			g.find("champ", Publication, place{metaFile, key.Line, 0}, "Le champ « "+key.Value+" » n’existe pas. Corrigez son nom, ou retirez-le.")
		}
	}
	m := g.meta
	needed := []struct {
		field string
		wrong bool
		text  string
	}{
		{"format", m.Format != lesson.Format, "Écrivez « format: 1 »."},
		{"id", !idForm.MatchString(m.ID), "L’identifiant est un mot court en minuscules, sans accent : « id: souris »."},
		{"title", empty(m.Title) || long(m.Title, 80), "Donnez à la leçon un titre d’au plus 80 signes."},
		{"summary", empty(m.Summary) || long(m.Summary, 200), "Dites en une phrase simple, d’au plus 200 signes, ce que l’on apprend (summary)."},
		{"minutes", m.Minutes < 1 || m.Minutes > 600, "Dites combien de minutes prend la leçon avec un groupe (minutes)."},
		{"steps", len(m.StepFiles) == 0, "La leçon n’a pas d’étape. Il en faut au moins une (steps)."},
		{"objectives", len(m.Objectives) == 0, "Dites ce que la personne saura faire à la fin (objectives)."},
	}
	for _, n := range needed {
		if n.wrong {
			g.find("champ", Publication, g.field(n.field), n.text)
		}
	}
	if empty(m.Reviewed) {
		g.find("relecture", Advice, g.field("reviewed"), "Personne d’extérieur n’a relu cette leçon : l’écran le dira. Faites-la relire, puis écrivez par qui et quand (reviewed).")
	}
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

func empty(s string) bool          { return strings.TrimSpace(s) == "" }
func long(s string, most int) bool { return len([]rune(s)) > most }

// slots asks for what a mediator needs to run the lesson, and recommends the
// other kinds.
func (g *gate) slots() {
	needed := map[lesson.Kind]Severity{lesson.Memo: Publication, lesson.LearnerGuide: Publication, lesson.MediatorGuide: Publication}
	for _, kind := range lesson.Kinds() {
		if g.meta.Assets[kind] != "" {
			continue
		}
		severity, ok := needed[kind]
		if !ok {
			severity = Advice
		}
		g.find("case", severity, g.field("assets"), "Il manque "+kindName(kind)+" (assets : "+string(kind)+").")
	}
}

func kindName(k lesson.Kind) string {
	switch k {
	case lesson.Memo:
		return "le mémo d’une page à emporter"
	case lesson.Tuto:
		return "le tuto pour refaire à la maison"
	case lesson.LearnerGuide:
		return "le conducteur apprenant, le fil de la leçon"
	case lesson.MediatorGuide:
		return "le conducteur médiateur, le guide pour animer"
	case lesson.Video:
		return "une vidéo courte et sous-titrée"
	case lesson.QuizKind:
		return "le quiz"
	}
	return "le jeu"
}
