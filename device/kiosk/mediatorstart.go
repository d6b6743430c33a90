package kiosk

import "github.com/mallette-kit/mallette/provisioning/slot"

// AlertStart is something that the first program found at this start, and that
// the station lives with: Alert.Start says what.
const AlertStart AlertKind = "start"

// startWords say what is the matter with the machine or its disk, and what to
// do about it.
func startWords(p slot.Problem) alertWords {
	const tell = "Prévenez votre technicienne ou votre technicien."
	switch p {
	case slot.ProblemJoin:
		return alertWords{"Le fichier join.json de la clé n’a pas pu être lu.", "Ouvrez-le sur un ordinateur avec un éditeur de texte simple : il manque sans doute un guillemet ou une virgule. Ou rattachez ce poste depuis cet écran."}
	case slot.ProblemTable:
		return alertWords{"La table du disque n’a pas pu être remise en ordre.", "Le poste marche, sans toute la place du disque. Préparez une nouvelle clé dès que possible."}
	case slot.ProblemCounter:
		return alertWords{"La mémoire du démarrage était abîmée ; elle a été refaite.", "Rien à faire. Si cela revient, la clé ou le disque s’use : remplacez-le."}
	case slot.ProblemWatchdog:
		return alertWords{"Cette machine n’a pas de gardien matériel.", "Si elle se fige, éteignez-la et rallumez-la : elle ne le fera pas toute seule."}
	case slot.ProblemPermRepaired:
		return alertWords{"Le disque avait des erreurs ; elles ont été réparées.", "Rien à faire. Si cela revient, la clé ou le disque s’use : remplacez-le."}
	case slot.ProblemPermAside:
		return alertWords{"Les données du disque étaient illisibles : elles sont mises de côté, le poste repart de zéro.", tell + " Ne réinstallez pas ce poste : on peut encore les récupérer."}
	case slot.ProblemPermMemory:
		return alertWords{"Le disque ne garde plus rien : tout est en mémoire.", "Ce qui se fait aujourd’hui disparaîtra à l’arrêt. Ne validez pas de pass ici, et changez de clé ou de disque."}
	case slot.ProblemPermReadOnly:
		return alertWords{"Le disque refuse l’écriture.", "Regardez le petit verrou de la clé. Sans verrou, elle est en fin de vie : préparez-en une autre."}
	case slot.ProblemPermFull:
		return alertWords{"Le disque est plein.", "Reliez ce poste au réseau pour qu’il envoie ce qu’il garde, ou prévenez votre technicienne ou votre technicien."}
	case slot.ProblemDisplay:
		return alertWords{"L’écran de cette machine marche sans son propre pilote.", "Les images peuvent être lentes. Préparez la clé avec l’image complète, ou prenez une autre machine."}
	}
	return alertWords{"Le démarrage de ce poste signale un problème (" + string(p) + ").", tell}
}
