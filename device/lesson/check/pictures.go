package check

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
)

// structure holds headings to an outline that a screen reader can follow.
func (g *gate) structure() {
	for _, t := range g.texts {
		at := place{t.file, 1, t.step}
		if len(t.headings) == 0 || t.headings[0].level != 1 {
			g.find("titre", Publication, at, "Commencez le texte par son titre : une ligne « # Titre ».")
			continue
		}
		for i, h := range t.headings[1:] {
			at.line = h.line
			before := t.headings[i].level
			switch {
			case h.level == 1:
				g.find("titre", Accessible, at, "Un texte n’a qu’un titre « # ». Pour une partie, écrivez « ## ».")
			case h.level > before+1:
				g.find("titre", Accessible, at, "Ce titre saute un niveau : après « "+strings.Repeat("#", before)+" » vient « "+strings.Repeat("#", before+1)+" ».")
			}
		}
	}
}

// links refuses them: a step has no address of its own, and the station may
// have no network.
func (g *gate) links() {
	for _, t := range g.texts {
		for _, l := range t.links {
			at := place{t.file, l.line, t.step}
			if strings.Contains(l.to, ":") || strings.HasPrefix(l.to, "//") {
				g.find("lien", Publication, at, "Ce lien sort de la leçon, et le poste n’a pas toujours internet. Écrivez l’adresse entre deux accents graves, pour qu’on la recopie.")
				continue
			}
			g.find("lien", Publication, at, "Ce lien ne mène nulle part : les étapes se suivent avec les boutons de la page. Retirez le lien, gardez les mots.")
		}
		for _, line := range t.html {
			g.find("html", Publication, place{t.file, line, t.step}, "Du HTML n’est pas accepté : écrivez ce passage en Markdown.")
		}
	}
}

// pictures holds every picture of a text to being there and being described.
func (g *gate) pictures() {
	used := []string{g.meta.Cover}
	for _, t := range g.texts {
		for _, i := range t.images {
			used = append(used, i.to)
			g.picture(i, place{t.file, i.line, t.step})
		}
	}
	if c := g.meta.Cover; c != "" && !g.holds(c) {
		g.find("image", Publication, g.field("cover"), "L’image « "+c+" » n’est pas dans le dossier.")
	}
	for _, name := range g.names {
		if isPicture(name) && !slices.Contains(used, name) {
			g.find("image", Advice, place{file: name}, "Aucun texte ne montre cette image. Retirez-la, ou montrez-la.")
		}
	}
}

func (g *gate) picture(i image, at place) {
	alt := strings.TrimSpace(i.alt)
	switch {
	case strings.Contains(i.to, ":") || strings.HasPrefix(i.to, "//"):
		g.find("image", Publication, at, "Cette image est sur internet. Mettez-la dans le dossier images.")
	case !g.holds(i.to) || i.to != path.Join("images", path.Base(i.to)):
		g.find("image", Publication, at, "L’image « "+i.to+" » n’est pas dans le dossier images de la leçon.")
	}
	switch {
	case alt == "":
		g.find("description", Publication, at, "Cette image n’a pas de description. Écrivez entre les crochets ce qu’elle montre : ![ce qu’on voit](…).")
	case fileName.MatchString(alt) || long(path.Base(i.to), 0) && strings.EqualFold(alt, strings.TrimSuffix(path.Base(i.to), path.Ext(i.to))) || !long(alt, 5):
		g.find("description", Accessible, at, "La description « "+alt+" » ne dit pas ce que l’image montre. Décrivez-la comme au téléphone.")
	case padded.MatchString(alt):
		g.find("description", Advice, at, "La voix annonce déjà une image : commencez la description par ce qu’on voit.")
	case long(alt, 250):
		g.find("description", Advice, at, "Cette description est longue. Gardez l’essentiel et dites le reste dans le texte.")
	}
}

var (
	fileName = regexp.MustCompile(`(?i)\.(svg|png|jpe?g|webp)$`)
	padded   = regexp.MustCompile(`(?i)^(image|photo|photographie|dessin|illustration)s? (de|d’|d'|du|des|montrant)`)
)

// drawings refuses those that could run or load something, or that a larger
// text would not enlarge.
func (g *gate) drawings() {
	for _, name := range g.names {
		if path.Ext(name) != ".svg" {
			continue
		}
		raw, ok := g.read(name)
		if !ok {
			continue
		}
		if lesson.CheckSVG(raw) != nil {
			g.find("dessin", Publication, place{file: name}, "Ce dessin contient autre chose que des traits et des textes (un script, un lien, une image). Exportez-le en « SVG simple ».")
		}
		if slices.Contains(g.meta.Accessible, lesson.LargeText) && !strings.Contains(string(raw), "viewBox") {
			g.find("dessin", Accessible, place{file: name}, "Ce dessin ne s’agrandit pas : donnez un viewBox à son élément svg.")
		}
	}
}
