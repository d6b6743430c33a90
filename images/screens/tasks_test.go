package screens_test

import (
	"testing"

	"github.com/mallette-kit/mallette/device/network"
)

// task is something that a person or a mediator does at a station.
type task struct {
	name string
	do   func(*walk)
}

// walk is somebody at the keyboard of a station that has everything, who
// begins before its first screen.
type walk struct {
	*browser
	house  *house
	disks  disks
	stick  string
	passes []string
}

// tasks are a workshop from its beginning to its end, then people alone. The book
// that somebody reads is the one that the mediator takes away afterwards.
var tasks = []task{
	{"la médiatrice ouvre la journée", (*walk).opensDay},
	{"la médiatrice valide des pass et reprend une erreur", (*walk).validatesPasses},
	{"une personne suit la leçon du jour et finit", (*walk).followsTodaysLesson},
	{"la médiatrice compose un cycle et voit son guide", (*walk).composesCycle},
	{"la médiatrice adapte une leçon et l’emporte sur une clé", (*walk).adaptsLesson},
	{"une personne lit un livre de la bibliothèque", (*walk).readsBook},
	{"la médiatrice apporte un livre d’une clé et en retire un", (*walk).bringsBook},
	{"la médiatrice choisit le Wi-Fi", (*walk).choosesNetwork},
	{"la médiatrice installe la clé sur un disque", (*walk).installs},
	{"la médiatrice finit la journée et lit la feuille", (*walk).endsDay},
	{"une personne suit une leçon les yeux fermés, avec cinq touches", (*walk).closesEyes},
	{"une personne change la langue et l’affichage", (*walk).changesDisplay},
	{"une personne cherche un mot et lit la page trouvée", (*walk).searches},
	{"une personne trouve un mot dans le livre apporté", (*walk).searchesBook},
	{"une personne fait un exercice jusqu’au bout", (*walk).exercises},
	{"une personne crée un compte pour s’entraîner", (*walk).makesAccount},
	{"une personne retrouve un mot de passe perdu", (*walk).findsPassword},
	{"une personne fait le point et relit sa carte", (*walk).keepsCard},
	{"une personne cherche où être aidée", (*walk).findsHelp},
}

// TestTasksByKeyboard does each task from the first screen by keys alone: no
// pointer, no address typed, and the focus seen at each stop. Every page on
// the way is held to the accessibility rules.
func TestTasksByKeyboard(t *testing.T) {
	w := walk{disks: newDisks(), stick: t.TempDir()}
	w.house = openHouse(t, withRoom(&room{state: network.State{Reason: network.NoneKnown, Radio: true}}), withDisks(w.disks), withStick(w.stick), withBook(new(string)))
	w.passes = w.house.numbers(1)
	b := openBrowser(t)
	for _, one := range tasks {
		t.Run(one.name, func(t *testing.T) {
			w.browser = b.with(t)
			w.tidies()
			w.afoot = true
			one.do(&w)
		})
	}
}

// tidies ends what a task that failed has left, and goes to the first screen.
func (w *walk) tidies() {
	w.t.Helper()
	w.open(w.house.station.Kiosk())
	for _, left := range []string{`form[action="/mediateur/fermer"] button`, ".finish"} {
		if ask[bool](w.browser, "look for what is left", `document.querySelector('`+left+`') !== null`) {
			w.submit(left)
		}
	}
	w.visit(w.house.station.Kiosk())
}

// comes opens mediator mode from the first screen.
func (w *walk) comes() {
	w.t.Helper()
	w.follow("Mode médiation")
	w.unlocks()
}

// leaves shuts it.
func (w *walk) leaves() {
	w.t.Helper()
	w.follow("Fermer le mode médiation")
}

// ends ends a person's session, and goes to the first screen.
func (w *walk) ends() {
	w.t.Helper()
	w.submit(".finish")
	w.see("rien ne reste ici")
}
