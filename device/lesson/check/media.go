package check

import (
	"fmt"

	"github.com/mallette-kit/mallette/device/lesson"
)

// video asks for captions that can be read and a text that says the same.
func (g *gate) video() {
	name := g.meta.Assets[lesson.Video]
	if name == "" {
		return
	}
	if !g.holds(name) {
		g.find("vidéo", Publication, g.field("assets"), "La vidéo « "+name+" » n’est pas dans le dossier.")
	}
	g.captions()
	if g.meta.TranscriptFile == "" {
		g.find("transcription", Accessible, g.field("assets"), "La vidéo n’a pas de transcription : écrivez dans un texte ce qu’on y voit et ce qu’on y entend (transcript).")
	}
}

func (g *gate) captions() {
	name := g.meta.Captions
	switch {
	case name == "":
		g.find("sous-titres", Accessible, g.field("assets"), "La vidéo n’a pas de sous-titres : ajoutez un fichier .vtt (captions).")
		return
	case !g.holds(name):
		g.find("sous-titres", Publication, g.field("captions"), "Le fichier de sous-titres « "+name+" » n’est pas dans le dossier.")
		return
	}
	raw, ok := g.read(name)
	if !ok {
		return
	}
	cues, broken := ParseCaptions(raw)
	if broken > 0 {
		g.find("sous-titres", Accessible, place{name, broken, 0}, "Les sous-titres ne se lisent plus à partir d’ici. Attendu : « WEBVTT » en tête, puis « 00:01.000 --> 00:04.000 » et le texte, une ligne vide entre deux.")
		return
	}
	if len(cues) == 0 {
		g.find("sous-titres", Accessible, place{file: name}, "Le fichier de sous-titres est vide.")
	}
	for _, c := range cues {
		if rate := float64(len([]rune(c.Text))) / c.Lasts().Seconds(); rate > fastest {
			g.find("sous-titres", Advice, place{name, c.Line, 0}, fmt.Sprintf("Ce sous-titre passe trop vite : %.0f signes par seconde, 15 au plus.", rate))
		}
	}
}

// fastest is how many signs a second people can read.
const fastest = 15

// Sizes in bytes over which a lesson is heavy to carry or slow to show.
const (
	heavyPicture = 200 << 10
	heavyLesson  = 4 << 20
	heavyVideo   = 60 << 20
)

// size recommends what keeps a lesson quick on a small machine and light on a
// country line. The limits that a station holds are refusals of its reader.
func (g *gate) size() {
	var whole int64
	for _, name := range g.names {
		switch n := g.sizes[name]; {
		case name == g.meta.Assets[lesson.Video]:
			if n > heavyVideo {
				g.find("poids", Advice, place{file: name}, fmt.Sprintf("La vidéo pèse %d Mo. En 720 lignes et trois minutes, 60 Mo suffisent.", n>>20))
			}
		default:
			whole += n
			if isPicture(name) && n > heavyPicture {
				g.find("poids", Advice, place{file: name}, fmt.Sprintf("Cette image pèse %d Ko. Réduisez-la sous 200 Ko : elle s’affichera plus vite.", n>>10))
			}
		}
	}
	if whole > heavyLesson {
		g.find("poids", Advice, place{}, fmt.Sprintf("Sans la vidéo, la leçon pèse %d Mo. Sous 4 Mo, elle arrive vite sur un poste mal relié.", whole>>20))
	}
}
