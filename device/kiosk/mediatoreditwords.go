package kiosk

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/edit"
	"github.com/mallette-kit/mallette/device/lesson/importer"
)

var emptyText lesson.Text

// notHere turns a lesson that is not one of this station's into a page that is
// not there.
func notHere(err error) error {
	if errors.Is(err, edit.ErrUnknown) {
		return ErrNotFound
	}
	return err
}

// doneWords says what has just been done; the word comes from an address, so
// that reloading the page does nothing twice.
func doneWords(what string) string {
	return map[string]string{
		"adaptee": "Voici votre leçon. Elle reprend tout de l’autre, qui ne change pas. Les personnes la voient déjà.",
		"prise":   "La leçon est sur ce poste.",
		"copiee":  "La leçon est copiée sur la clé.",
		"ecartee": "La leçon est mise de côté : les personnes ne la voient plus. Vous pouvez la remettre.",
		"remise":  "La leçon est remise : les personnes la voient de nouveau.",
		"effacee": "La leçon est effacée pour de bon.",
		"garde":   "C’est enregistré.",
		"ordre":   "L’ordre des étapes est enregistré.",
		"retiree": "L’étape est retirée.",
	}[what]
}

// editProblem is what a mediator can do about an error; "" for others.
func editProblem(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, edit.ErrLicence):
		return "La licence de cette leçon ne permet pas de l’adapter, ou ce poste ne la connaît pas. Demandez l’accord écrit de ses auteurs, ou choisissez une autre leçon."
	case errors.Is(err, edit.ErrFull):
		return "Ce poste garde déjà 100 leçons à vous, ou cette leçon a déjà 40 étapes. Effacez d’abord ce qui ne sert plus."
	case errors.Is(err, importer.ErrSpace), errors.Is(err, syscall.ENOSPC):
		return "Le disque du poste est presque plein. Effacez d’abord une leçon mise de côté, ou appelez votre technicienne ou votre technicien."
	case errors.Is(err, edit.ErrHere):
		return "Cette leçon est déjà sur ce poste, la même."
	case errors.Is(err, edit.ErrUnknown), errors.Is(err, ErrNoStick), errors.Is(err, ErrStickUnread):
		return "Cette leçon n’est plus sur la clé. Rebranchez-la, puis recommencez."
	case errors.Is(err, ErrStickBusy):
		return stickProblem(err)
	case errors.Is(err, edit.ErrLast):
		return "Une leçon garde au moins une étape. Changez celle-ci, ou ajoutez-en une autre d’abord."
	case errors.Is(err, edit.ErrStale):
		return "Les étapes ont changé entre-temps, peut-être dans une autre fenêtre. Voici l’ordre gardé : recommencez si besoin."
	}
	return refusedWords(err)
}

// refusedWords says why a pack is refused; "" for what is not its own fault.
func refusedWords(err error) string {
	for _, r := range refusals() {
		if errors.Is(err, r.err) {
			return "Ce poste ne peut pas prendre cette leçon : " + r.why + "."
		}
	}
	return ""
}

// unkeptWords says why nothing was kept; the words are on the page still.
func unkeptWords(err error) string {
	if errors.Is(err, lesson.ErrTooLarge) {
		return "C’est trop long : rien n’est enregistré. Ce que vous avez écrit est encore là, coupez-le en deux."
	}
	if words := editProblem(err); words != "" {
		return "Rien n’est enregistré, et ce que vous avez écrit est encore là. " + words
	}
	return "Rien n’est enregistré : le disque du poste ne répond pas. Ce que vous avez écrit est encore là : recommencez, ou recopiez-le."
}

// carryProblem says why a lesson did not go on the stick.
func carryProblem(err error) string {
	switch {
	case errors.Is(err, edit.ErrHeld):
		return "La leçon a encore quelque chose à réparer : on ne peut pas la copier avant. Voyez la liste sur cette page."
	case errors.Is(err, syscall.ENOSPC):
		return "La clé USB est pleine. Prenez-en une autre, ou libérez de la place."
	}
	return "La clé USB ne répond pas. Branchez-la, attendez quelques secondes, puis recommencez."
}

// quizWords says what to repair in a quiz.
func quizWords(f edit.QuizFault) string {
	what := map[edit.QuizWhy]string{
		edit.QuizTitle:     "Le quiz commence par son titre : une ligne « # Titre ».",
		edit.QuizEmpty:     "Il n’y a pas encore de question. Une question commence par une ligne « ## La question ? ».",
		edit.QuizMany:      "Un quiz a au plus 40 questions. Retirez celles qui servent le moins.",
		edit.QuizHeading:   "Il n’y a rien après « ## » : écrivez la question sur cette ligne.",
		edit.QuizOpen:      "L’explication n’est pas fermée : mettez une ligne « *** » avant, et une après.",
		edit.QuizMixed:     "Il y a deux façons de répondre dans la même question. Gardez-en une : « [( )] » pour un seul choix, « [[ ]] » pour plusieurs, ou des trous « [[mot]] ».",
		edit.QuizNothing:   "Il n’y a rien à répondre. Écrivez au moins deux choix : « [(X)] la bonne réponse » et « [( )] une autre ».",
		edit.QuizOne:       "Il n’y a qu’un choix. Ajoutez-en un autre : « [( )] une autre réponse ».",
		edit.QuizCrowd:     "Il y a plus de 12 choix. Gardez les plus utiles.",
		edit.QuizNoRight:   "Aucune réponse n’est la bonne. Mettez un X entre les parenthèses de la bonne réponse : « [(X)] ».",
		edit.QuizTwoRight:  "Il y a plusieurs bonnes réponses. Gardez un seul X, ou écrivez tous les choix avec des crochets : « [[X]] » et « [[ ]] ».",
		edit.QuizHints:     "Il y a plus de 5 indices. Gardez les meilleurs.",
		edit.QuizOtherwise: "La version facile à lire pose d’autres questions : il en faut autant, avec les mêmes façons de répondre.",
		edit.QuizForm:      "La façon de répondre ne se lit pas. Comparez avec l’aide, sous le texte.",
	}[f.Why]
	if what == "" {
		what = textWords(f.Err)
	}
	if f.Question == 0 {
		return what
	}
	return fmt.Sprintf("Question %d. %s", f.Question, what)
}

// textWords says what words hold that a lesson does not.
func textWords(err error) string {
	switch {
	case errors.Is(err, lesson.ErrActive):
		return "Du HTML ou un programme n’est pas accepté : écrivez ce passage avec des mots simples."
	case errors.Is(err, lesson.ErrRemote):
		return "Ce passage va chercher quelque chose sur internet : le poste n’y va pas. Écrivez l’adresse entre deux accents graves."
	case errors.Is(err, lesson.ErrMissing):
		return "L’image n’est pas dans la leçon : choisissez-en une de la liste."
	case errors.Is(err, lesson.ErrTooLarge):
		return "C’est trop long pour un texte. Coupez-le en deux."
	case errors.Is(err, lesson.ErrPath):
		return "Un lien ne mène nulle part ici : gardez les mots, retirez le lien."
	}
	return "Ce passage ne se lit pas. Comparez avec l’aide, sous le texte."
}

// editFinding is a sentence of the gate, with the page where to act on it.
type editFinding struct {
	Text, Where, URL string
}

// findingOf gives a finding of the gate its place on the screen.
func findingOf(id string, d edit.Draft, f check.Finding) editFinding {
	found := editFinding{Text: f.Text, URL: editsRoot + "/" + id + "/presentation", Where: "La présentation"}
	if file, field := textOf(d, f.File); file != "" {
		found.URL, found.Where = textURL(id, file)+"#"+field, placeInLesson(d, file)
	} else if f.Rule == "jumeau" {
		found.URL, found.Where = editsRoot+"/"+id+"#etapes", "Les étapes"
	} else if f.File != "" && f.File != "lesson.yaml" || f.Rule == "case" {
		found.URL, found.Where = "", ""
	}
	if f.Line > 0 && found.URL != "" && f.File != "lesson.yaml" {
		found.Where += fmt.Sprintf(", ligne %d", f.Line)
	}
	return found
}

// textOf is the text that is edited for a file, and the field it is in.
func textOf(d edit.Draft, file string) (text, field string) {
	if d.Edits(file) {
		return file, "texte"
	}
	for _, s := range d.Steps {
		if d.Twin(s) == file {
			return s, "facile"
		}
	}
	for _, name := range d.Assets {
		if d.Edits(name) && d.Twin(name) == file {
			return name, "facile"
		}
	}
	return "", ""
}

// placeInLesson names a text as the pages do.
func placeInLesson(d edit.Draft, file string) string {
	for i, s := range d.Steps {
		if s == file {
			return fmt.Sprintf("Étape %d, « %s »", i+1, d.Title(file))
		}
	}
	return "« " + d.Title(file) + " »"
}

// lineOf quotes a line of a text, so that it can be found without counting.
func lineOf(text string, n int) string {
	lines := strings.Split(text, "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return shortened(strings.TrimSpace(lines[n-1]))
}
