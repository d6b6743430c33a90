package kiosk

import (
	"fmt"
	"strings"

	"github.com/mallette-kit/mallette/device/install"
)

// installWords say why a disk cannot be used or what went wrong, and what to do.
func installWords(p install.Problem) string {
	switch p {
	case "":
		return ""
	case "system":
		return "Le poste fonctionne en ce moment depuis ce disque : il ne sera pas effacé."
	case "in_use":
		return "Ce disque est en cours d’utilisation."
	case "small":
		return "Ce disque est trop petit pour Mallette et ses leçons."
	case "sectors":
		return "Ce disque compte en secteurs de 4 Kio, et Mallette en secteurs de 512 octets : elle n’y démarrerait pas. Il reste comme il est."
	case "read_only":
		return "Ce disque refuse l’écriture : il est verrouillé, ou en fin de vie."
	case "rights":
		return "Le programme n’a pas le droit d’ouvrir ce disque. Redémarrez sur la clé, puis recommencez."
	case "missing", "swapped":
		return "Les disques ont changé depuis l’affichage. Rien n’a été écrit : choisissez de nouveau dans la liste."
	case "damaged", "foreign":
		return "La clé elle-même est abîmée : ce qu’elle contient n’est pas ce qui a été publié. Faites une nouvelle clé."
	case "pulled":
		return "Le disque ou la clé s’est débranché. Rebranchez, redémarrez sur la clé, puis recommencez."
	case "medium":
		return "Le disque signale des erreurs : il est usé ou défectueux. Cette machine a besoin d’un autre disque."
	case "differs":
		return "La relecture ne donne pas ce qui a été écrit : le disque est défectueux."
	case "stuck":
		return "Le disque ne répond plus. Éteignez la machine, puis recommencez ; si cela revient, le disque est à changer."
	case install.Busy:
		return "Une installation est déjà en cours."
	case install.Untyped:
		return "Le nom tapé n’est pas celui du disque. Rien n’a été écrit."
	case install.Away:
		return "L’installation n’est pas disponible : ce poste n’a pas démarré depuis une clé de passage, ou le programme redémarre. Attendez un instant, puis rechargez la page."
	case install.NoProgram:
		return "Cette clé n’a pas l’outil qui prépare les disques. Faites une nouvelle clé avec l’image complète."
	case install.Lessons:
		return "Les leçons n’ont pas pu être copiées en entier. Recommencez ; si cela revient, le disque ou la clé est à changer."
	}
	return "L’installation n’a pas abouti. Recommencez ; si cela revient, prévenez la personne qui gère les postes."
}

// Why says why a disk cannot be chosen.
func (installPage) Why(d install.Disk) string { return installWords(d.Problem) }

// Size is in the units that are printed on disks.
func (installPage) Size(n int64) string {
	if n < 10e9 {
		return strings.Replace(fmt.Sprintf("%.1f Go", float64(n)/1e9), ".", ",", 1)
	}
	return fmt.Sprintf("%.0f Go", float64(n)/1e9)
}

// Holds says what is on a disk, whole: it is what would be lost.
func (p installPage) Holds(d install.Disk) string {
	var all []string
	for _, part := range d.Parts {
		all = append(all, p.content(part))
	}
	if len(all) == 0 {
		return "rien de reconnu"
	}
	return strings.Join(all, ", ")
}

func (p installPage) content(part install.Part) string {
	said := map[string]string{"windows": "Windows", "linux": "Linux", "macos": "macOS"}[part.Owner]
	switch {
	case part.Format == "bitlocker" || part.Format == "luks":
		said += " (chiffré)"
	case part.Format == "begun":
		return "une installation de Mallette qui n’est pas allée au bout"
	case said == "" && part.Format == "":
		said = "contenu inconnu"
	case said == "":
		said = "des fichiers"
	}
	if part.Label != "" {
		said += " « " + part.Label + " »"
	}
	return said + ", " + p.Size(part.Size)
}

// Doing says the phase of an installation.
func (installPage) Doing(s install.State) string {
	switch s.Phase {
	case install.Erasing:
		return "Effacement de la table du disque"
	case install.Writing:
		return "Écriture des deux systèmes"
	case install.Checking:
		return "Relecture de ce qui a été écrit"
	}
	return "Copie des leçons, dernières vérifications"
}
