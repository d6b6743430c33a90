package start

import "github.com/mallette-kit/mallette/provisioning/slot"

// Sentence is what a screen says about a problem: what is wrong, what it means,
// what happens next.
type Sentence struct{ Title, Meaning, Next string }

// What happens next.
const (
	restarts = "L'ordinateur va redémarrer tout seul. Il n'y a rien à faire."
	another  = "Éteignez cet ordinateur et essayez sur un autre. Sinon, il redémarrera tout seul."
	askHelp  = "Si ce message revient, prévenez la personne qui s'occupe de la mallette."
	goesOn   = "Le démarrage continue."
)

// Words returns the French sentences of a problem, those of an unknown fault for
// any that has none of its own.
func Words(p slot.Problem) Sentence {
	switch p {
	case slot.ProblemMemory:
		return Sentence{"Cet ordinateur n'a pas assez de mémoire.",
			"Il faut au moins 1 Go de mémoire vive pour faire fonctionner Mallette. Votre ordinateur n'est pas abîmé.",
			another}
	case slot.ProblemMachine:
		return Sentence{"Mallette n'est pas faite pour cet ordinateur.",
			"La clé ou le disque contient une version pour un autre type de machine.",
			another}
	case slot.ProblemDisk:
		return Sentence{"La clé ou le disque de démarrage ne répond pas.",
			"L'ordinateur a commencé à démarrer, puis n'a plus réussi à lire la clé ou le disque.",
			"Vérifiez que la clé est bien enfoncée, ou essayez une autre prise. " + restarts}
	case slot.ProblemCopies:
		return Sentence{"Deux copies de Mallette sont branchées sur cet ordinateur.",
			"Elles viennent de la même image et se ressemblent en tout : il n'est pas possible de savoir laquelle a démarré. Rien n'a été modifié.",
			"Retirez l'une des deux clés, ou l'un des deux disques. " + restarts}
	case slot.ProblemIntegrity:
		return Sentence{"Le système de ce poste est abîmé.",
			"Ce qui est enregistré n'est pas ce qui avait été installé. Par prudence, il n'est pas utilisé.",
			"Une copie de secours sera essayée. " + restarts + " " + askHelp}
	case slot.ProblemRelease, slot.ProblemModules:
		return Sentence{"Le système de ce poste est incomplet.",
			"Il manque une partie de ce qui est nécessaire pour démarrer.",
			"Une copie de secours sera essayée. " + restarts + " " + askHelp}
	case slot.ProblemDeadline:
		return Sentence{"La nouvelle version ne fonctionne pas bien sur ce poste.",
			"Elle n'a pas réussi à démarrer complètement.",
			"La version précédente va revenir. " + restarts}
	case slot.ProblemSlots:
		return Sentence{"Ce poste n'a pas réussi à démarrer plusieurs fois de suite.",
			"Les deux copies du système ont été essayées. La dernière qui a bien fonctionné est essayée encore une fois.",
			goesOn + " " + askHelp}
	case slot.ProblemDisplay:
		return Sentence{"Ce poste ne peut pas afficher les pages.",
			"Il manque le logiciel de sa carte graphique. Seul du texte comme celui-ci peut être affiché.",
			"Essayez sur un autre ordinateur, et signalez ce modèle à la personne qui s'occupe de la mallette."}
	}
	return Sentence{"Ce poste n'a pas réussi à démarrer.",
		"Une erreur s'est produite avant l'affichage de la page d'accueil.",
		restarts + " " + askHelp}
}
