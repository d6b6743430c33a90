package main

import "github.com/mallette-kit/mallette/device/screen"

// consoleText is what a person reads on the console of a machine that cannot
// draw. The console's letters are few: straight quotes, no dashes.
func consoleText(problem screen.Problem) string {
	if words, ok := consoleWords()[problem]; ok {
		return "   MALLETTE\n\n" + words + "\n\n   Cet ordinateur s'éteint par son bouton."
	}
	return ""
}

func consoleWords() map[screen.Problem]string {
	return map[screen.Problem]string{
		screen.NoFirmware: "   L'écran de cet ordinateur a besoin d'un fichier du fabricant (« firmware »)\n" +
			"   qui manque à cette image. Les pages ne peuvent pas s'afficher ici.\n\n" +
			"   À faire : préparer la clé avec l'image qui contient ces fichiers, ou prendre un autre ordinateur.",
		screen.LittleMemory: "   Cet ordinateur a trop peu de mémoire pour afficher les pages (il faut 1 Go au moins).\n\n" +
			"   À faire : prendre un autre ordinateur.",
		screen.NoUserland: "   Le fichier qui contient le navigateur manque sur le disque.\n\n" +
			"   À faire : préparer la clé ou le disque à nouveau.",
		screen.BadUserland: "   Le fichier qui contient le navigateur est abîmé. Il n'est pas utilisé.\n\n" +
			"   À faire : préparer la clé ou le disque à nouveau. Si cela revient, la clé est usée.",
		screen.BrowserCrashes: "   Le navigateur s'arrête dès qu'il démarre. Un nouvel essai a lieu dans un instant.\n\n" +
			"   Si cela dure : redémarrer, puis prévenir la personne qui s'occupe des ordinateurs.",
		screen.NotDrawn: "   La page ne s'affiche pas. Un nouvel essai a lieu dans un instant.\n\n" +
			"   Si cela dure : redémarrer, puis prévenir la personne qui s'occupe des ordinateurs.",
		screen.Broken: "   La session ne peut pas être préparée. Un nouvel essai a lieu dans un instant.\n\n" +
			"   Si cela dure : redémarrer, puis prévenir la personne qui s'occupe des ordinateurs.",
	}
}
