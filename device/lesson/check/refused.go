package check

import (
	"errors"

	"github.com/mallette-kit/mallette/device/lesson"
)

// refusal is what to say when a station would not open the pack.
type refusal struct {
	kind error
	text string
}

func refusals() []refusal {
	return []refusal{
		{lesson.ErrTooLarge, "le dossier dépasse ce qu’un poste accepte : 400 fichiers, 256 Ko par texte, 1 Mo par image, 12 Mo en tout sans la vidéo, 512 Mo pour la vidéo."},
		{lesson.ErrPath, "un nom de fichier n’est pas accepté : pas de raccourci, pas de « .. », pas de barre oblique inverse."},
		{lesson.ErrActive, "un fichier pourrait s’exécuter : gardez seulement des textes (.md, .yaml, .txt), des images (.svg, .png, .jpg, .webp), une vidéo (.webm, .mp4), ses sous-titres (.vtt) et des enregistrements (.ogg, .opus, .mp3)."},
		{lesson.ErrRemote, "un texte ou un dessin va chercher quelque chose sur internet : mettez-le dans le dossier."},
		{lesson.ErrQuiz, "le quiz ne se lit pas : une question commence par « ## », puis une seule façon de répondre : des choix [( )] et [(X)], des choix [[ ]] et [[X]], des trous [[mot]], une liste [[a|(b)|c]], un ordre ou des paires. Une traduction pose les mêmes questions."},
		{lesson.ErrGame, "le jeu ne se lit pas : il lui faut un titre, une consigne, une façon de jouer (cibles, lettres ou tri) et des tours complets."},
		{lesson.ErrMissing, "un fichier annoncé dans lesson.yaml n’est pas dans le dossier."},
		{lesson.ErrHash, "le contenu ne correspond pas au nom du dossier : il a changé depuis sa publication."},
		{lesson.ErrFormat, "un fichier n’est pas au format des leçons. Comparez-le avec une leçon qui s’ouvre."},
	}
}

// refuse reports that a station would refuse the pack for err, if there is one.
func (g *gate) refuse(err error) {
	if err == nil {
		return
	}
	for _, r := range refusals() {
		if errors.Is(err, r.kind) {
			g.find("refus", Publication, place{}, "Un poste refuserait cette leçon : "+r.text)
			return
		}
	}
	g.find("refus", Publication, place{}, "Un poste n’a pas pu lire cette leçon. Vérifiez que tous les fichiers s’ouvrent.")
}
